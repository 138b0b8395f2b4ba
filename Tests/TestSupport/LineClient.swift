import CPostern
import Foundation

/// A client for line protocols, on loopback or a Unix socket.
package final class LineClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    private init(family: Int32) {
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    package convenience init(path: String) throws {
        self.init(family: AF_UNIX)
        let code = postern_unix_connect(descriptor, path)
        guard code == 0 else { throw TestFailure("cannot connect to \(path): \(String(cString: strerror(code)))") }
    }

    package convenience init(port: Int) throws {
        self.init(family: AF_INET)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { throw TestFailure("cannot connect to port \(port)") }
    }

    deinit { close(descriptor) }

    /// The server has ended the connection, or takes nothing more.
    package private(set) var isSendingInVain = false

    package func send(_ bytes: [UInt8]) {
        if Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) != bytes.count { isSendingInVain = true }
    }

    package func send(_ line: String) { send(Array((line + "\r\n").utf8)) }

    /// Whether the server has hung up, once everything it sent is read.
    package func isAtEnd() -> Bool {
        while true {
            do { _ = try readLine() } catch { return isEnded }
        }
    }

    /// The server has ended the connection; false, too, when it keeps silent for 30 s.
    private var isEnded = false

    package func readLine() throws -> String {
        while true {
            if let end = received.firstIndex(of: 0x0a) {
                let line = received[..<end].filter { $0 != 0x0d }
                received.removeSubrange(...end)
                return String(decoding: line, as: UTF8.self)
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else {
                isEnded = count == 0 || errno == ECONNRESET
                throw TestFailure(isEnded ? "the server hung up" : "the server keeps silent")
            }
            received += buffer[..<count]
        }
    }

    /// Reads on to the tagged line.
    package func tagged(_ tag: String) throws -> String {
        while true {
            let line = try readLine()
            if line.hasPrefix(tag + " ") { return String(line.dropFirst(tag.count + 1)) }
        }
    }
}
