import Bytes
import Credentials

/// What a webmail gets for its session, so that it never sends the main password to the mail servers.
extension Judge {
    /// Whether the grant is for a webmail that wants an app password, and whether one may be given: a main password that
    /// still opens nothing but the web would open mail with it.
    func maySignInToMail(_ question: Evaluation.Question, _ account: AccountState, _ evaluation: Evaluation) -> Bool {
        let attempt = evaluation.attempt
        return attempt.wantsAppPassword && !evaluation.isPreview && question.service == .web
            && attempt.session?.isEmpty == false && !account.mustChange && !sessionNetworks.isEmpty
    }

    /// Makes the app password of the session. The caller has a write under way.
    func openSession(
        _ question: Evaluation.Question, _ account: AccountState, _ evaluation: Evaluation, _ store: Store
    ) throws(StoreError) -> SessionPassword? {
        guard let session = evaluation.attempt.session else { return nil }
        let canonical: Secret
        do throws(RandomFailure) { canonical = try AppPasswordText.makeGenerated() } catch {
            throw .failed(code: error.code, message: "no random bytes")
        }
        let id = try store.openSession(
            session, account: account.name,
            mac: keys.appPassword.mac(account: account.name.text, secret: canonical), networks: sessionNetworks,
            now: question.now)
        return SessionPassword(
            id: id, secret: AppPasswordText.display(canonical),
            expires: question.now.adding(seconds: Store.sessionLength))
    }
}
