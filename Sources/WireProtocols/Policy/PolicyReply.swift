/// The answer to Postfix: an action of access(5). Texts are sent to the client, in printable ASCII.
package enum PolicyReply: Equatable, Sendable {
    /// No objection; the restrictions that follow decide.
    case dunno
    case reject(String)
    /// The envelope sender is not the client's own (RFC 4954, section 6).
    case notOwner(String)

    /// The bytes to be sent.
    package var encoded: [UInt8] {
        switch self {
        case .dunno: Array("action=DUNNO\n\n".utf8)
        case .reject(let text): action("REJECT", text)
        case .notOwner(let text): action("553", text)
        }
    }

    private func action(_ action: String, _ text: String) -> [UInt8] {
        let printable = text.utf8.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
        return Array("action=\(action) 5.7.1 ".utf8) + printable + [0x0a, 0x0a]
    }
}
