/// A protocol that one client and the daemon speak, line by line.
protocol Conversation: AnyObject {
    /// The bytes that are sent as soon as the client is accepted.
    var greeting: [UInt8] { get }

    /// Maximum length of a line, in bytes.
    static var maxLineLength: Int { get }

    /// Handles a line.
    ///
    /// - Returns: False if the line violates the protocol, which closes this connection and no other.
    func receive(_ line: ArraySlice<UInt8>, on connection: any ClientConnection) -> Bool
}
