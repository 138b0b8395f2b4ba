/// What one client and the daemon say to each other, line by line.
protocol Conversation: AnyObject {
    /// Sent right after the client was accepted.
    var greeting: [UInt8] { get }

    /// Octets of a line.
    static var longestLine: Int { get }

    /// - Returns: False if the line is not of the protocol; that ends the connection, and nothing else.
    func receive(_ line: ArraySlice<UInt8>, on connection: ConnectionHandler) -> Bool
}
