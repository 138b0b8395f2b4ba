import Bytes
import Credentials
import Glibc
import WireProtocols

/// The descriptors and the environment that a checkpassword program gets.
enum Channel {
    static let request: Int32 = 3
    static let reply: Int32 = 4

    /// Reads a request up to its third NUL, without waiting for the end of the pipe. Nil if the input is not a request.
    static func readRequest() -> CheckpasswordRequest? {
        var parser = CheckpasswordRequest()
        var buffer = [UInt8](repeating: 0, count: CheckpasswordRequest.maxLength)
        defer {
            wipe(&buffer)
            close(request)
        }
        while true {
            let count = unsafe read(request, &buffer, CheckpasswordRequest.maxLength)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            switch parser.receive(buffer[..<count]) {
            case .incomplete: continue
            case .complete: return parser
            case .malformed: return nil
            }
        }
    }

    static func reply(_ fields: [(key: String, value: [UInt8])]) -> Bool {
        writeAll(reply, CheckpasswordReply.encode(fields))
    }

    static func environment(_ name: String) -> [UInt8]? {
        unsafe getenv(name).map { value in unsafe Array(UnsafeRawBufferPointer(start: value, count: strlen(value))) }
    }
}
