/// The kind of second factor that an account has.
package enum SecondFactor: String, Sendable {
    case off
    /// Postern checks its codes.
    case totp
    /// Managed by another system; Postern only knows that it is enabled.
    case external
}
