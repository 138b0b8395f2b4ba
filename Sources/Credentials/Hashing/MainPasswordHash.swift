/// The stored hash of a main password.
package struct MainPasswordHash: Sendable {
    /// The hash as it is stored: a scheme with its parameters, salt and digest.
    package let text: String
    /// Whether the mapped spelling was hashed (`MainPasswordText`); other systems hash the text as it is.
    package let isMapped: Bool

    /// Wraps a hash made by Postern or by another system.
    package init(_ text: String, isMapped: Bool) {
        self.text = text
        self.isMapped = isMapped
    }
}
