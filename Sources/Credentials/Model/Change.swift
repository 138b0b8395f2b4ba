/// An entry of the change record: who did what, when. Never a secret.
package struct Change: Sendable {
    package let at: Timestamp
    /// The operating-system user.
    package let actor: String
    /// An account, or a domain.
    package let subject: String
    package let action: String
    package let detail: String

    package init(at: Timestamp, actor: String, subject: String, action: String, detail: String = "") {
        self.at = at
        self.actor = actor
        self.subject = subject
        self.action = action
        self.detail = detail
    }
}
