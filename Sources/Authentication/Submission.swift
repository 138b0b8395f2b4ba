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

    /// Whether the message may be sent; nil if nothing is against it.
    ///
    /// Postfix tells account and address, not which credential signed in: one that is still valid is enough. With none
    /// on record, all that can be judged is the account.
    ///
    /// - Parameter recent: Granted sign-ins that are not in the store yet.
    package func refusal(of submission: Submission, _ store: Store, recent: [Store.SMTPGrant])
        throws(StoreError) -> SubmissionRefusal?
    {
        guard submission.isEncrypted || tlsElsewhereContexts.contains(submission.context) else { return .notEncrypted }
        guard !submission.port.isEmpty, submission.port != Self.relayPort else { return .relayPort }
        guard let name = accountName(submission.userName), let account = try store.account(name) else {
            return .noAccount
        }
        let now = clock()
        if account.isDisabled(at: now) { return .disabled }
        let oldest = now.adding(seconds: -Store.smtpGrantsKept)
        let grants = try store.smtpGrants(account: name, address: submission.address).filter { $0.at > oldest } + recent
        var isValid = grants.isEmpty
        for grant in grants where !isValid {
            isValid = try isStillValid(grant, account, submission.address, now, store)
        }
        guard isValid else { return .signInInvalid }
        return try senders.allow(submission.envelopeSender, account, store) ? nil : .foreignSender
    }

    private func isStillValid(
        _ grant: Store.SMTPGrant, _ account: AccountState, _ address: IPAddress?, _ now: Timestamp, _ store: Store
    ) throws(StoreError) -> Bool {
        if grant.credential == Store.mainCredential {
            guard grant.generation >= account.mainGeneration else { return false }
            if case .grant = Rule.judgeMainPassword(account: account, service: .smtp, now: now) { return true }
            return false
        }
        guard let appPassword = try store.appPassword(id: grant.credential, account: account.name) else { return false }
        return Rule.refusal(appPassword, account: account, service: .smtp, address: address, now: now) == nil
    }
}
