import Foundation
import TestSupport

/// A client for line protocols on loopback.
final class LineClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
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

    func send(_ bytes: [UInt8]) { _ = write(descriptor, bytes, bytes.count) }

    func send(_ line: String) { send(Array((line + "\r\n").utf8)) }

    func readLine() throws -> String {
        while true {
            if let end = received.firstIndex(of: 0x0a) {
                let line = received[..<end].filter { $0 != 0x0d }
                received.removeSubrange(...end)
                return String(decoding: line, as: UTF8.self)
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { throw TestFailure("the server hung up") }
            received += buffer[..<count]
        }
    }

    /// Reads on to the tagged line.
    func tagged(_ tag: String) throws -> String {
        while true {
            let line = try readLine()
            if line.hasPrefix(tag + " ") { return String(line.dropFirst(tag.count + 1)) }
        }
    }
}

extension DovecotServer {
    /// Signs in over IMAP with literals, so that any octet can stand in name and password.
    func imap(_ user: [UInt8], _ password: [UInt8], from address: String? = nil) throws -> String {
        let client = try LineClient(port: imapPort)
        _ = try client.readLine()
        if let address {
            client.send(#"i ID ("x-originating-ip" "\#(address)")"#)
            _ = try client.tagged("i")
        }
        client.send("a LOGIN {\(user.count)+}")
        client.send(user + Array(" {\(password.count)+}\r\n".utf8) + password + [0x0d, 0x0a])
        let answer = try client.tagged("a")
        if answer.hasPrefix("OK") { client.send("b LOGOUT") }
        return answer
    }

    func imap(_ user: String, _ password: String, from address: String? = nil) throws -> String {
        try imap(Array(user.utf8), Array(password.utf8), from: address)
    }

    func pop3(_ user: String, _ password: String, from address: String? = nil) throws -> String {
        let client = try LineClient(port: pop3Port)
        _ = try client.readLine()
        if let address {
            client.send("XCLIENT ADDR=\(address)")
            _ = try client.readLine()
        }
        client.send("USER \(user)")
        let first = try client.readLine()
        guard first.hasPrefix("+OK") else { return first }
        client.send("PASS \(password)")
        let answer = try client.readLine()
        if answer.hasPrefix("+OK") { client.send("QUIT") }
        return answer
    }
}
