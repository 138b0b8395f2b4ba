/// A right main password, refused, that came from a network new to its account.
package struct Alarm: Sendable {
    package let account: String
    package let network: Network
    package let at: Timestamp
}
