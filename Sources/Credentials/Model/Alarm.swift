/// A right main password that was refused and came from a network new to its account.
package struct Alarm: Sendable {
    /// The account's name.
    package let account: String
    /// The network that the attempt came from.
    package let network: Network
    /// When the alarm was raised.
    package let at: Timestamp
}
