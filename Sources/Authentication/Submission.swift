package import Credentials

/// A message that a client wants to send after a sign-in over SMTP, as Postfix describes it in a policy request.
package struct Submission: Sendable {
    /// `sasl_username`; not validated.
    package let userName: [UInt8]
    /// The SMTP client's address; nil: not given.
    package let address: IPAddress?
    /// Empty: the null sender.
    package let envelopeSender: [UInt8]
    /// Whether Postfix saw TLS.
    package let isEncrypted: Bool
    /// The server's port, in digits; empty: not given.
    package let port: String
    /// Postfix's `policy_context`, if master.cf sets one; empty: none.
    package let context: String

    /// Describes a policy request.
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

/// Why a message may not be sent.
package enum SubmissionRefusal: String, Sendable {
    case notEncrypted = "the session is not encrypted"
    case relayPort = "port 25 is not for sign-ins"
    case noAccount = "the account no longer exists"
    case disabled = "the account is disabled"
    case signInInvalid = "no credential that signed in from this address is still valid"
    case foreignSender = "the sender address does not belong to the account"
}

extension Judge {
    /// The port for mail from other servers, on which nobody signs in.
    private static let relayPort = "25"

    /// The next step of a submission.
    package enum SubmissionStep {
        case refuse(SubmissionRefusal)
        /// Ask the store, and pass the answer to `refusal`.
        case ask(SenderQuestion)
    }

    /// Judges a submission as far as that is possible without the store.
    ///
    /// - Parameter recent: Granted sign-ins that are not in the store yet.
    package func begin(_ submission: Submission, recent: [SMTPGrant]) -> SubmissionStep {
        guard submission.isEncrypted || tlsElsewhereContexts.contains(submission.context) else {
            return .refuse(.notEncrypted)
        }
        guard !submission.port.isEmpty, submission.port != Self.relayPort else { return .refuse(.relayPort) }
        guard let name = accountName(submission.userName) else { return .refuse(.noAccount) }
        return .ask(
            SenderQuestion(
                name: name, address: submission.address, oldest: clock().adding(seconds: -Store.smtpGrantRetention),
                recent: recent, senders: senders.places(of: submission.envelopeSender)))
    }

    /// Returns why the message may not be sent; nil if it may.
    ///
    /// Postfix gives account and address, not the credential that signed in: one that is still valid is enough. With
    /// none on record, only the account and the sender are judged.
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
