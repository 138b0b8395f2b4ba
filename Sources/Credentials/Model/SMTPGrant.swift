/// A credential that signed in over SMTP.
package struct SMTPGrant: Sendable {
    /// The account that signed in.
    package let account: AccountName
    /// As in `SignIn`.
    package let credential: String
    /// The account's generation at the sign-in.
    package let generation: Int64
    /// The time of the last sign-in.
    package let at: Timestamp

    /// Makes a sign-in over SMTP.
    package init(account: AccountName, credential: String, generation: Int64, at: Timestamp) {
        self.account = account
        self.credential = credential
        self.generation = generation
        self.at = at
    }
}
