/// A protocol that one client and the daemon speak, line by line.
protocol Conversation: AnyObject {
    /// What is sent before all answers.
    var greeting: [UInt8] { get }
    /// Whether the greeting is sent at once. If not, it is sent when the client has sent something, with an answer that is
    /// ready by then, or a little later.
    var greetsAtOnce: Bool { get }

    /// Maximum length of a line, in bytes.
    static var maxLineLength: Int { get }

    /// Handles a line.
    ///
    /// - Returns: False if the line violates the protocol, which closes this connection and no other.
    func receive(_ line: ArraySlice<UInt8>, on connection: any ClientConnection) -> Bool
}
