package import Credentials

/// A message that somebody who signed in over SMTP wants to send, as Postfix describes the session.
package struct Submission: Sendable {
    package let userName: [UInt8]
    package let address: IPAddress?
    /// Empty: the null sender.
    package let envelopeSender: [UInt8]
    package let isEncrypted: Bool
    package let port: String
    /// Postfix's name of the service, where master.cf gives one.
    package let context: String

    package init(
        userName: [UInt8], address: IPAddress?, envelopeSender: [UInt8], isEncrypted: Bool, port: String,
        context: String = ""
    ) {
        self.userName = userName
        self.address = address
        self.envelopeSender = envelopeSender
        self.isEncrypted = isEncrypted
        self.port = port
        self.context = context
    }
}

/// Why it may not be sent.
package enum SubmissionRefusal: String, Sendable {
    case notEncrypted = "the session is not encrypted"
    case relayPort = "port 25 is not for sign-ins"
    case noAccount = "there is no such account any more"
    case disabled = "the account is disabled"
    case signInInvalid = "nothing that signed in from this address is valid any more"
    case foreignSender = "the sender is no address of the account"
}

extension Judge {
    /// Postfix's port for other servers' mail. Nobody signs in there.
    private static let relayPort = "25"

    package enum SubmissionStep {
        case refuse(SubmissionRefusal)
        /// The answer goes to `refusal`.
        case ask(SenderQuestion)
    }

    /// - Parameter recent: Granted sign-ins that are not in the store yet.
    package func begin(_ submission: Submission, recent: [SMTPGrant]) -> SubmissionStep {
        guard submission.isEncrypted || tlsElsewhereContexts.contains(submission.context) else {
            return .refuse(.notEncrypted)
        }
        guard !submission.port.isEmpty, submission.port != Self.relayPort else { return .refuse(.relayPort) }
        guard let name = accountName(submission.userName) else { return .refuse(.noAccount) }
        return .ask(
            SenderQuestion(
                name: name, address: submission.address, oldest: clock().adding(seconds: -Store.smtpGrantsKept),
                recent: recent, senders: senders.places(of: submission.envelopeSender)))
    }

    /// Why the message may not be sent; nil if nothing is against it.
    ///
    /// Postfix tells account and address, not which credential signed in: one that is still valid is enough. With none
    /// on record, all that can be judged is the account.
    package func refusal(of submission: Submission, _ answer: SenderAnswer?) -> SubmissionRefusal? {
        guard let answer else { return .noAccount }
        let now = clock()
        if answer.account.isDisabled(at: now) { return .disabled }
        let isValid =
            answer.grants.isEmpty
            || answer.grants.contains { grant, appPassword in
                isStillValid(grant, appPassword, answer.account, submission.address, now)
            }
        guard isValid else { return .signInInvalid }
        return senders.allow(submission.envelopeSender, answer.account, answer.owner) ? nil : .foreignSender
    }

    private func isStillValid(
        _ grant: SMTPGrant, _ appPassword: AppPassword?, _ account: AccountState, _ address: IPAddress?,
        _ now: Timestamp
    ) -> Bool {
        guard grant.credential == Store.mainCredential else {
            return appPassword.map {
                Rule.refusal($0, account: account, service: .smtp, address: address, now: now) == nil
            } ?? false
        }
        guard grant.generation >= account.mainGeneration else { return false }
        if case .grant = Rule.judgeMainPassword(account: account, service: .smtp, now: now) { return true }
        return false
    }
}
