#if hasFeature(Embedded)
    import CCheckpassword
#else
    import Bytes
    import CPostern
    import WireProtocols
#endif

/// The descriptors and the environment that a checkpassword program gets.
enum Channel {
    static let request: Int32 = 3
    static let reply: Int32 = 4

    static var isOpen: Bool { postern_is_open(reply) != 0 }

    /// Reads a request up to its third NUL, without waiting for the end of the pipe. False if the input is not a request.
    static func read(_ request: inout CheckpasswordRequest) -> Bool {
        var buffer = [UInt8](repeating: 0, count: CheckpasswordRequest.maxLength)
        defer { wipe(&buffer) }
        while true {
            let count = unsafe postern_read(Self.request, &buffer, buffer.count)
            guard count > 0 else { return false }
            switch request.receive(buffer[..<count]) {
            case .incomplete: continue
            case .complete: return true
            case .malformed: return false
            }
        }
    }

    static func reply(_ fields: [(key: String, value: [UInt8])]) -> Bool {
        let bytes = CheckpasswordReply.encode(fields)
        return unsafe postern_write(reply, bytes, bytes.count) == 0
    }

    static func environment(_ name: String) -> [UInt8]? {
        guard let value = unsafe postern_environment(name) else { return nil }
        return unsafe Array(String(cString: value).utf8)
    }
}
