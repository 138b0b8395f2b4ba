import Authentication
package import Credentials

/// Programs that signed in recently and, after a change, can no longer sign in or, as a webmail, read mail. They are
/// found by applying the sign-in rule to the account before and after the change.
package struct StoppedPrograms: Sendable {
    /// A service, network and credential of recent sign-ins.
    package struct Program: Sendable {
        /// The service that it signed in to.
        package let service: Service
        /// The network that it signed in from.
        package let network: Network
        /// Id of an app password, or `Store.mainCredential`.
        package let credential: String
        /// When it signed in last.
        package let last: Timestamp
        /// Whether it is a webmail, which can read mail again once a second factor is enrolled.
        package let needsEnrolment: Bool
    }

    /// Days of which sign-ins count as recent.
    package static let days: Int64 = 30

    /// The programs that the change affects.
    package let programs: [Program]

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
                guard let appPassword else { return .refused }
                // No address is stored with a sign-in. The app password was accepted from its network, so that is no
                // refusal.
                switch Rule.refusal(appPassword, account: account, service: service, address: nil, now: now) {
                case nil, .networkNotAllowed: return .granted
                case _?: return .refused
                }
            }
            let (old, new) = (verdict(before), verdict(after))
            guard old == .granted, new != .granted else { return nil }
            return Program(
                service: service, network: signIn.network, credential: signIn.credential, last: signIn.last,
                needsEnrolment: new == .needsEnrolment)
        }
    }

    private enum Verdict {
        case granted, needsEnrolment, refused

        init(_ verdict: Rule.Verdict) {
            switch verdict {
            case .grant(let isEnrolmentPending): self = isEnrolmentPending ? .needsEnrolment : .granted
            case .askCode: self = .granted
            case .deny: self = .refused
            }
        }
    }
}
