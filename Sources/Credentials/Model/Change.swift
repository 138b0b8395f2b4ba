/// An entry of the change record: who did what, and when. It never contains a secret.
package struct Change: Sendable {
    /// When the change was made.
    package let at: Timestamp
    /// The operating-system user who made it.
    package let actor: String
    /// The account or domain that was changed.
    package let subject: String
    /// The command, such as "account add".
    package let action: String
    /// What was changed; never a secret.
    package let detail: String

    /// Makes an entry for the change record.
    package init(at: Timestamp, actor: String, subject: String, action: String, detail: String = "") {
        self.at = at
        self.actor = actor
        self.subject = subject
        self.action = action
        self.detail = detail
    }
}
