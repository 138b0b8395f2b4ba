import Credentials
import Glibc

/// A mail server on this machine, to which notices are given (RFC 5321).
struct LocalSMTP {
    /// Seconds that the server may take for a reply.
    private static let timeout = 30
    /// Bytes of a reply.
    private static let maxReply = 65_536

    private let descriptor: Int32
    private var received: [UInt8] = []
    /// Whether the server takes addresses that are not ASCII (RFC 6531).
    private var takesUTF8 = false

    /// Connects over the loopback interface, and greets.
    ///
    /// - Throws: `CommandFailure.tryLater` when nobody answers, or not as a mail server does.
    init(port: Int) throws(CommandFailure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var time = timeval(tv_sec: Self.timeout, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let isConnected = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            let message = systemMessage(errno)
            close(descriptor)
            throw CommandFailure(.tryLater, "no mail server on 127.0.0.1:\(port) (notify_port): \(message)")
        }
        _ = try expect(200, of: "its greeting", try reply())
        send("EHLO localhost")
        let greeting = try expect(200, of: "EHLO", try reply())
        takesUTF8 = greeting.contains { $0.uppercased().contains("SMTPUTF8") }
    }

    /// What the server says to a mail.
    enum Answer {
        case taken
        /// Not now.
        case later
        /// Never, at this address.
        case refused
    }

    /// Gives a mail to the server.
    ///
    /// - Throws: `CommandFailure.tryLater` when the server no longer answers as a mail server does.
    mutating func send(_ mail: String, from sender: String, to recipient: String) throws(CommandFailure) -> Answer {
        let isASCII = recipient.utf8.allSatisfy { $0 < 0x80 }
        if !isASCII, !takesUTF8 { return .refused }
        send("MAIL FROM:<\(sender)>" + (isASCII ? "" : " SMTPUTF8"))
        _ = try expect(200, of: "MAIL", try reply())
        send("RCPT TO:<\(recipient)>")
        let answer = try reply()
        if answer.code / 100 != 2 {
            send("RSET")
            _ = try expect(200, of: "RSET", try reply())
            return answer.code / 100 == 5 ? .refused : .later
        }
        send("DATA")
        _ = try expect(300, of: "DATA", try reply())
        // No line begins with a dot: each is a header or base64.
        send(mail + ".")
        switch try reply().code / 100 {
        case 2: return .taken
        case 5: return .refused
        default: return .later
        }
    }

    mutating func quit() {
        send("QUIT")
        _ = try? reply()
        close(descriptor)
    }

    private func send(_ line: String) { _ = writeAll(descriptor, line + "\r\n") }

    private func expect(
        _ hundred: Int, of step: String, _ answer: (code: Int, lines: [String])
    ) throws(CommandFailure) -> [String] {
        guard answer.code / 100 * 100 == hundred else {
            throw CommandFailure(
                .tryLater, "the mail server answered \(answer.code) to \(step); notices are sent later")
        }
        return answer.lines
    }

    private mutating func reply() throws(CommandFailure) -> (code: Int, lines: [String]) {
        var lines: [String] = []
        while true {
            let line = try readLine()
            lines.append(line)
            guard let code = Int(line.prefix(3)), lines.count < 100 else { break }
            if line.dropFirst(3).first != "-" { return (code, lines) }
        }
        throw CommandFailure(.tryLater, "what answers on notify_port is no mail server")
    }

    private mutating func readLine() throws(CommandFailure) -> String {
        while true {
            if let end = received.firstIndex(of: 0x0a) {
                let line = received[..<end].filter { $0 != 0x0d }
                received.removeSubrange(...end)
                return String(decoding: line, as: UTF8.self)
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0, received.count < Self.maxReply else {
                throw CommandFailure(.tryLater, "the mail server does not answer; notices are sent later")
            }
            received += buffer[..<count]
        }
    }
}
