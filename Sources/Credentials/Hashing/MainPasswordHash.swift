/// A main password as it is stored.
package struct MainPasswordHash: Sendable {
    package let text: String
    /// Whether the mapped spelling was hashed (`MainPasswordText`); hashes of other systems are of the text as it is.
    package let isMapped: Bool

    package init(_ text: String, isMapped: Bool) {
        self.text = text
        self.isMapped = isMapped
    }
}
