import TestSupport

enum MailClient {
    /// Signs in over IMAP with literals, so that name and password can contain any byte.
    static func imap(_ port: Int, _ user: [UInt8], _ password: [UInt8], from address: String? = nil) throws -> String {
        let client = try LineClient(port: port)
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
}

/// Mail programs.
extension DovecotServer {
    func imap(_ user: [UInt8], _ password: [UInt8], from address: String? = nil) throws -> String {
        try MailClient.imap(imapPort, user, password, from: address)
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
