/// What a mail server's request to send a message asks of the store.
package struct SenderQuestion: Sendable {
    package let name: AccountName
    /// Of the SMTP client.
    package let address: IPAddress?
    /// SMTP sign-ins at this time or before do not count.
    package let oldest: Timestamp
    /// SMTP sign-ins that are not in the store yet; those of other accounts, of which one can have the same canonical name, do not count.
    package let recent: [SMTPGrant]
    /// The envelope sender, then what else may make it somebody's, such as its domain. The first that has an owner decides.
    package let senders: [String]

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

package struct SenderAnswer: Sendable {
    package let account: AccountState
    /// Each SMTP sign-in with its app password; nil for the main password and for a removed app password.
    package let grants: [(grant: SMTPGrant, appPassword: AppPassword?)]
    package let owner: Ownership
}

/// A credential that signed in over SMTP.
package struct SMTPGrant: Sendable {
    package let account: AccountName
    /// As in `SignIn`.
    package let credential: String
    /// The account's, at the sign-in.
    package let generation: Int64
    package let at: Timestamp

    package init(account: AccountName, credential: String, generation: Int64, at: Timestamp) {
        self.account = account
        self.credential = credential
        self.generation = generation
        self.at = at
    }
}

/// Who owns an address: nobody, the account that was asked for, or others only.
package enum Ownership: Sendable {
    case nobody
    case own
    case others
}
