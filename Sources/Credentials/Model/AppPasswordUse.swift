/// An app password that is not revoked, and its last use.
package struct AppPasswordUse: Sendable {
    /// The account it belongs to.
    package let account: String
    /// Its id.
    package let id: String
    /// The name that its owner gave it. User-chosen text: encode it wherever it is printed.
    package let name: String
    /// When it was made.
    package let created: Timestamp
    /// When it expires; nil: never.
    package let expires: Timestamp?
    /// Whether it is disabled.
    package let isDisabled: Bool
    /// When it was last used; nil: never, or before uses were recorded.
    package let lastUse: Timestamp?
}
