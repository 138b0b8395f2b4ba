package import Bytes

/// What the server of the Dovecot auth protocol says.
package enum DovecotAuthReply {
    /// All of it in one write right after accept(2), MECH before SPID: Exim reads to DONE before it sends anything, and
    /// Postfix takes SPID first for a master socket.
    ///
    /// - Parameters:
    ///   - connection: Different for each connection of this process.
    ///   - cookie: 16 random octets.
    package static func greeting(processID: Int32, connection: UInt64, cookie: [UInt8]) -> [UInt8] {
        let lines = [
            "VERSION\t1\t\(DovecotAuth.minorVersion)", "MECH\tPLAIN\tplaintext", "MECH\tLOGIN\tplaintext",
            "SPID\t\(processID)", "CUID\t\(connection)", "COOKIE\t\(hex(cookie))", "DONE",
        ]
        return lines.flatMap { Array($0.utf8) + [0x0a] }
    }

    package static func challenge(id: UInt32, _ challenge: [UInt8]) -> [UInt8] {
        Array("CONT\t\(id)\t".utf8) + Base64.encode(challenge, padded: true) + [0x0a]
    }

    /// - Parameter mailbox: Where the mail is, for whoever asks for it with the sign-in; without `userdb_` before the names.
    package static func ok(
        id: UInt32, _ fields: [(key: String, value: String)], mailbox: [(key: String, value: String)] = []
    ) -> [UInt8] {
        var bytes = begin("OK", id)
        append(fields, to: &bytes)
        append(mailbox, prefix: "userdb_", to: &bytes)
        bytes.append(0x0a)
        return bytes
    }

    /// - Parameters:
    ///   - userName: Without anything that would be escaped.
    ///   - fields: Appends them, encoded.
    package static func appendOK(
        id: UInt32, userName: [UInt8], to bytes: inout [UInt8], fields: (inout [UInt8]) -> Void
    ) {
        begin("OK", id, &bytes)
        bytes += "\tuser=".utf8
        bytes += userName
        fields(&bytes)
        bytes.append(0x0a)
    }

    /// Fields as they stand in a reply.
    ///
    /// - Parameter prefix: Of their names.
    package static func encode(_ fields: [(key: String, value: String)], prefix: String = "") -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        append(fields, prefix: prefix, to: &bytes)
        return bytes
    }

    /// With a secret as its last field.
    package static func ok(
        id: UInt32, _ fields: [(key: String, value: String)], key: String, secret: borrowing Secret
    ) -> Secret {
        var bytes = begin("OK", id)
        append(fields + [(key: key, value: "")], to: &bytes)
        return secret.between(bytes, [0x0a])
    }

    /// Never a reason: clients must not be told why, and older Postfix repeats one that it was told before.
    ///
    /// - Parameter userName: What Postfix writes to its log as sasl_username; nil for none.
    package static func fail(id: UInt32, userName: String?, isTemporary: Bool = false) -> [UInt8] {
        let user = userName.map { [(key: "user", value: $0)] } ?? []
        var bytes = begin("FAIL", id)
        append(user + (isTemporary ? [(key: "code", value: "temp_fail")] : []), to: &bytes)
        return bytes + [0x0a]
    }

    /// - Parameter fields: Without `userdb_` before their names.
    package static func user(id: UInt32, name: String, _ fields: [(key: String, value: String)]) -> [UInt8] {
        var bytes = begin("USER", id)
        bytes.append(0x09)
        TabEscape.append(name, to: &bytes)
        append(fields, to: &bytes)
        return bytes + [0x0a]
    }

    /// - Parameter names: None: these were all.
    package static func list(id: UInt32, names: [String]) -> [UInt8] {
        var bytes = begin("LIST", id)
        for name in names {
            bytes.append(0x09)
            TabEscape.append(name, to: &bytes)
        }
        return bytes + [0x0a]
    }

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
