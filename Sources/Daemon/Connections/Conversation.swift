/// A protocol that one client and the daemon speak, line by line.
protocol Conversation: AnyObject {
    /// What is sent before all answers.
    var greeting: [UInt8] { get }
    /// Whether clients wait for the greeting before they send anything. Others get it with the first answer.
    var greetsAtOnce: Bool { get }

    /// Maximum length of a line, in bytes.
    static var maxLineLength: Int { get }

    /// Handles a line.
    ///
    /// - Returns: False if the line violates the protocol, which closes this connection and no other.
    func receive(_ line: ArraySlice<UInt8>, on connection: any ClientConnection) -> Bool
}
