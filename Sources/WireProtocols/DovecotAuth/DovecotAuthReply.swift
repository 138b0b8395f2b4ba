package import Bytes

/// The lines that the server of the Dovecot auth protocol sends.
package enum DovecotAuthReply {
    /// The server's handshake, to be sent in one write right after accept(2): Exim reads to DONE before it sends
    /// anything. MECH comes before SPID: Postfix takes a socket for a master socket if SPID is first.
    ///
    /// - Parameters:
    ///   - connection: Different for each connection of this process.
    ///   - cookie: 16 random bytes.
    package static func greeting(processID: Int32, connection: UInt64, cookie: [UInt8]) -> [UInt8] {
        let lines = [
            "VERSION\t1\t\(DovecotAuth.minorVersion)", "MECH\tPLAIN\tplaintext", "MECH\tLOGIN\tplaintext",
            "SPID\t\(processID)", "CUID\t\(connection)", "COOKIE\t\(hex(cookie))", "DONE",
        ]
        return lines.flatMap { Array($0.utf8) + [0x0a] }
    }

    /// Asks for the client's next message.
    package static func challenge(id: UInt32, _ challenge: [UInt8]) -> [UInt8] {
        Array("CONT\t\(id)\t".utf8) + Base64.encode(challenge, padded: true) + [0x0a]
    }

    /// Grants a request.
    ///
    /// - Parameter mailbox: The fields of the userdb, for clients that want them with the sign-in; names without
    ///   `userdb_`.
    package static func ok(
        id: UInt32, _ fields: [(key: String, value: String)], mailbox: [(key: String, value: String)] = []
    ) -> [UInt8] {
        var bytes = begin("OK", id)
        append(fields, to: &bytes)
        append(mailbox, prefix: "userdb_", to: &bytes)
        bytes.append(0x0a)
        return bytes
    }

    /// Appends the line that grants a request.
    ///
    /// - Parameters:
    ///   - userName: Must contain nothing that would be escaped.
    ///   - fields: Appends further fields, encoded.
    package static func appendOK(
        id: UInt32, userName: [UInt8], to bytes: inout [UInt8], fields: (inout [UInt8]) -> Void
    ) {
        begin("OK", id, &bytes)
        bytes += "\tuser=".utf8
        bytes += userName
        fields(&bytes)
        bytes.append(0x0a)
    }

    /// Encodes fields as they stand in a reply.
    ///
    /// - Parameter prefix: Put before each name.
    package static func encode(_ fields: [(key: String, value: String)], prefix: String = "") -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        append(fields, prefix: prefix, to: &bytes)
        return bytes
    }

    /// Grants a request, with a secret as the last field, which is not escaped.
    package static func ok(
        id: UInt32, _ fields: [(key: String, value: String)], key: String, secret: borrowing Secret
    ) -> Secret {
        var bytes = begin("OK", id)
        append(fields + [(key: key, value: "")], to: &bytes)
        return secret.between(bytes, [0x0a])
    }

    /// Denies a request, never with a reason: clients must not be told why, and older Postfix repeats a reason that it
    /// was given before.
    ///
    /// - Parameter userName: What Postfix writes to its log as sasl_username; nil: nothing.
    package static func fail(id: UInt32, userName: String?, isTemporary: Bool = false) -> [UInt8] {
        let user = userName.map { [(key: "user", value: $0)] } ?? []
        var bytes = begin("FAIL", id)
        append(user + (isTemporary ? [(key: "code", value: "temp_fail")] : []), to: &bytes)
        return bytes + [0x0a]
    }

    /// Answers a look-up with the fields of the account.
    ///
    /// - Parameter fields: Names without `userdb_`.
    package static func user(id: UInt32, name: String, _ fields: [(key: String, value: String)]) -> [UInt8] {
        var bytes = begin("USER", id)
        bytes.append(0x09)
        TabEscape.append(name, to: &bytes)
        append(fields, to: &bytes)
        return bytes + [0x0a]
    }

    /// Answers with names of accounts.
    ///
    /// - Parameter names: Empty if there are no more.
    package static func list(id: UInt32, names: [String]) -> [UInt8] {
        var bytes = begin("LIST", id)
        for name in names {
            bytes.append(0x09)
            TabEscape.append(name, to: &bytes)
        }
        return bytes + [0x0a]
    }

    /// Answers a look-up that found no account.
    package static func userNotFound(id: UInt32) -> [UInt8] { begin("NOTFOUND", id) + [0x0a] }

    private static func begin(_ word: String, _ id: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        begin(word, id, &bytes)
        return bytes
    }

    private static func begin(_ word: String, _ id: UInt32, _ bytes: inout [UInt8]) {
        bytes += word.utf8
        bytes.append(0x09)
        bytes += String(id).utf8
    }

    private static func append(
        _ fields: [(key: String, value: String)], prefix: String = "", to bytes: inout [UInt8]
    ) {
        for field in fields {
            bytes.append(0x09)
            bytes += prefix.utf8
            bytes += field.key.utf8
            bytes.append(UInt8(ascii: "="))
            TabEscape.append(field.value, to: &bytes)
        }
    }
}
