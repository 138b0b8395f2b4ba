import Bytes
import Credentials

/// What a webmail gets for its session, so that it never sends the main password to the mail servers.
extension Judge {
    /// Whether a grant on `web` is to bring an app password: a webmail wants one, and the main password opens mail by the
    /// rule, were it not for the second factor that was asked for.
    func opensSession(
        _ question: Evaluation.Question, _ account: AccountState, _ evaluation: Evaluation, isEnrolmentPending: Bool
    ) -> Bool {
        let attempt = evaluation.attempt
        return attempt.wantsAppPassword && !evaluation.isPreview && question.service == .web
            && attempt.session?.isEmpty == false && !account.mustChange && !isEnrolmentPending
            && !webmailNetworks.isEmpty
    }

    /// Grants with an app password for the session, or without one where it cannot be written: whoever is right gets in.
    func grantedWithSession(
        _ question: Evaluation.Question, _ account: AccountState, _ upgrade: Upgrade?, _ evaluation: Evaluation,
        _ store: Store
    ) throws(Unavailability) -> Evaluation.State {
        let session: SessionPassword?
        do throws(StoreError) {
            session = try store.durably { () throws(StoreError) -> SessionPassword? in
                guard try self.isUnchanged(account, store) else { return nil }
                return try self.openSession(question, account, evaluation, store)
            }
        } catch {
            return granted(
                question, account, .mainPassword, evaluation, upgrade: upgrade, sessionFailure: .store(error))
        }
        guard let session else { return try again(question) }
        return granted(question, account, .mainPassword, evaluation, upgrade: upgrade, session: session)
    }

    /// Whether the account is still what the secret was proved for. The caller has a write under way.
    func isUnchanged(_ account: AccountState, _ store: Store) throws(StoreError) -> Bool {
        try store.account(account.name)?.generation == account.generation
    }

    /// From the first look on: the account changed meanwhile.
    func again(_ question: Evaluation.Question) throws(Unavailability) -> Evaluation.State {
        var question = question
        question.rounds += 1
        guard question.rounds < Self.mostRounds else { throw .changing }
        return .reading(question)
    }

    /// What becomes of an evaluation whose write is not done, for lack of room.
    package func refuseWrite(_ evaluation: inout Evaluation, _ failure: Unavailability) {
        guard case .openingSession(let question, let account, let upgrade) = evaluation.state else {
            return evaluation.fail(failure)
        }
        evaluation.state = granted(
            question, account, .mainPassword, evaluation, upgrade: upgrade, sessionFailure: failure)
    }

    /// Makes the app password of the session. The caller has a write under way.
    func openSession(
        _ question: Evaluation.Question, _ account: AccountState, _ evaluation: Evaluation, _ store: Store
    ) throws(StoreError) -> SessionPassword {
        let session = evaluation.attempt.session ?? []
        let canonical: Secret
        do throws(RandomFailure) { canonical = try AppPasswordText.makeGenerated() } catch {
            throw .failed(code: error.code, message: "no random bytes")
        }
        let id = try store.openSession(
            session, account: account.name,
            mac: keys.appPassword.mac(account: account.name.text, secret: canonical), networks: webmailNetworks,
            now: question.now)
        return SessionPassword(
            id: id, secret: AppPasswordText.display(canonical),
            expires: question.now.adding(seconds: Store.sessionLength))
    }
}
