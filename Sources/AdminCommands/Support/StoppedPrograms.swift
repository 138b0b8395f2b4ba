import Authentication
import Credentials

/// Programs that sign in today and would not after a change: what signed in of late, judged by the rule before and after.
struct StoppedPrograms {
    struct Program: Encodable {
        let service: String
        let network: String
        /// Id of an app password, or 'main'.
        let credential: String
        let last: String
        /// A webmail, which reads mail again once a second factor is enrolled.
        var needsEnrolment = false
    }

    /// Days back that count as of late.
    private static let days: Int64 = 30

    let programs: [Program]

    init(_ session: Session, _ before: AccountState, _ after: AccountState) throws(CommandFailure) {
        self = try session.storing { (store) throws(StoreError) in
            try StoppedPrograms(store, before, after, now: .now())
        }
    }

    init(_ store: Store, _ before: AccountState, _ after: AccountState, now: Timestamp) throws(StoreError) {
        let signIns = try store.signIns(of: before.name, since: now.adding(seconds: -Self.days * 86_400))
        let appPasswords =
            signIns.contains { $0.credential != Store.mainCredential }
            ? try store.appPasswords(account: before.name) : []
        programs = signIns.compactMap { signIn in
            guard let service = Service(rawValue: signIn.service) else { return nil }
            let appPassword = appPasswords.first { $0.id == signIn.credential }
            func verdict(_ account: AccountState) -> Verdict {
                if signIn.credential == Store.mainCredential {
                    return Verdict(Rule.judgeMainPassword(account: account, service: service, now: now))
                }
                guard let appPassword else { return .stopped }
                // Where it was used from is where it may be used from.
                switch Rule.refusal(appPassword, account: account, service: service, address: nil, now: now) {
                case nil, .networkNotAllowed: return .goesOn
                case _?: return .stopped
                }
            }
            let (old, new) = (verdict(before), verdict(after))
            guard old == .goesOn, new != .goesOn else { return nil }
            return Program(
                service: signIn.service, network: signIn.network.description, credential: signIn.credential,
                last: signIn.last.iso8601, needsEnrolment: new == .needsEnrolment)
        }
    }

    private enum Verdict {
        case goesOn, needsEnrolment, stopped

        init(_ verdict: Rule.Verdict) {
            switch verdict {
            case .grant(let isEnrolmentPending): self = isEnrolmentPending ? .needsEnrolment : .goesOn
            case .askCode: self = .goesOn
            case .deny: self = .stopped
            }
        }
    }

    /// On standard error, with what to do.
    func show(_ name: AccountName) {
        guard !programs.isEmpty else { return }
        Output.error("These signed in during the last \(Self.days) days and cannot any more:")
        Output.table(
            ["SERVICE", "NETWORK", "WITH", "LAST"], programs.map { [$0.service, $0.network, $0.credential, $0.last] },
            to: .error)
        guard programs.contains(where: { $0.service != Service.web.rawValue && $0.credential == Store.mainCredential })
        else { return }
        Output.error(
            "Each of them needs an app password of its own: postern app-password create \(name.text) --name NAME")
    }
}
