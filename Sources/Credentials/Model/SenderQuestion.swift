/// What a mail server asks the store when a client wants to send a message.
package struct SenderQuestion: Sendable {
    /// The user name of the session.
    package let name: AccountName
    /// The address of the SMTP client.
    package let address: IPAddress?
    /// SMTP sign-ins at this time or before do not count.
    package let oldest: Timestamp
    /// SMTP sign-ins that are not in the store yet. Those of other accounts, one of which may have the same canonical
    /// name, do not count.
    package let recent: [SMTPGrant]
    /// The envelope sender, then other texts that may have an owner, such as its domain. The first that has an owner
    /// decides.
    package let senders: [String]

    /// Makes a question about one message.
    package init(
        name: AccountName, address: IPAddress?, oldest: Timestamp, recent: [SMTPGrant], senders: [String]
    ) {
        self.name = name
        self.address = address
        self.oldest = oldest
        self.recent = recent
        self.senders = senders
    }
}

/// The answer to a `SenderQuestion`.
package struct SenderAnswer: Sendable {
    /// The account that signed in.
    package let account: AccountState
    /// Each SMTP sign-in with its app password; nil for the main password and for a removed app password.
    package let grants: [(grant: SMTPGrant, appPassword: AppPassword?)]
    /// Who owns the sender.
    package let owner: Ownership
}

/// Who owns an address: nobody, the account that was asked about, or only others.
package enum Ownership: Sendable {
    case nobody
    case own
    case others
}
