/// Checks of output, as strict as the programs that read it.
enum Peers {
    /// A line of the Dovecot auth protocol, as the clients of Dovecot, Postfix and Exim parse it: a word, an id and
    /// fields between TABs, with complete escapes, and one LF at the end (Dovecot,
    /// src/lib-auth-client/auth-server-connection.c).
    static func checkAuthReply(_ bytes: [UInt8]) {
        expect(
            bytes.last == 0x0a && bytes.dropLast().allSatisfy { $0 != 0x0a && $0 != 0x0d && $0 != 0 }, "line \(bytes)")
        let fields = bytes.dropLast().split(separator: 0x09, omittingEmptySubsequences: false)
        let words = ["OK", "FAIL", "CONT", "USER", "LIST", "NOTFOUND"].map { Array($0.utf8) }
        expect(words.contains(Array(fields[0])), "word of \(bytes)")
        expect(
            fields.count > 1 && !fields[1].isEmpty && fields[1].allSatisfy { (0x30...0x39).contains($0) },
            "id of \(bytes)")
        for field in fields.dropFirst(2) {
            // A challenge may be empty.
            expect(!field.isEmpty || fields[0].elementsEqual("CONT".utf8), "empty field in \(bytes)")
            for (index, byte) in zip(field.indices, field) where byte == 0x01 {
                let next = field.index(after: index)
                expect(next < field.endIndex && Array("01trn".utf8).contains(field[next]), "escape in \(bytes)")
            }
        }
    }

    /// An answer to Postfix: one attribute and an empty line (Postfix, SMTPD_POLICY_README).
    static func checkPolicyReply(_ bytes: [UInt8]) {
        expect(bytes.starts(with: "action=".utf8) && bytes.suffix(2) == [0x0a, 0x0a], "policy answer \(bytes)")
        expect(bytes.dropLast(2).allSatisfy { (0x20...0x7e).contains($0) }, "policy answer \(bytes)")
    }

    /// The fields on descriptor 4, each followed by a TAB (Dovecot 2.3, src/auth/db-checkpassword.c).
    static func checkCheckpasswordReply(_ bytes: [UInt8]) {
        expect(bytes.isEmpty || bytes.last == 0x09, "reply \(bytes)")
        expect(bytes.allSatisfy { $0 != 0 && $0 != 0x0a && $0 != 0x0d }, "reply \(bytes)")
    }

    /// A line of the auth log, without what syslog or a file puts before it.
    static func checkLogLine(_ line: String, address: String) {
        expect(line.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "log line \(line)")
        let parts = line.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        expect(parts.count == 3 && parts[0].starts(with: "auth-worker(".utf8), "log line \(line)")
        // postern(USER,ADDRESS,<SESSION>): none of the three contains a character of the frame.
        let inner = parts[1].dropFirst("postern(".utf8.count).dropLast(2)
        let fields = inner.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        expect(
            parts[1].starts(with: "postern(".utf8) && parts[1].suffix(2).elementsEqual("):".utf8), "frame of \(line)")
        expect(fields.count == 3 && fields[1].elementsEqual(address.utf8), "frame of \(line)")
        expect(!inner.contains(UInt8(ascii: "(")) && !inner.contains(UInt8(ascii: ")")), "frame of \(line)")
    }

    /// One object of strings, its members in their fixed order (RFC 8259; only the escapes `\"` and `\\` are needed).
    static func checkJSONLine(_ line: String, address: String) {
        expect(line.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "log line \(line)")
        var strings: [[UInt8]] = []
        var frame: [UInt8] = []
        var rest = line.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\"") else {
                frame.append(byte)
                continue
            }
            var string: [UInt8] = []
            while let inner = rest.popFirst(), inner != UInt8(ascii: "\"") {
                if inner == UInt8(ascii: "\\") {
                    let escaped = rest.popFirst()
                    expect(escaped == UInt8(ascii: "\\") || escaped == UInt8(ascii: "\""), "escape in \(line)")
                    string.append(escaped ?? 0)
                } else {
                    string.append(inner)
                }
            }
            strings.append(string)
        }
        let names = ["severity", "outcome", "reason", "user", "address", "session", "service", "message"]
        expect(frame.elementsEqual("{:,:,:,:,:,:,:,:}".utf8), "frame of \(line)")
        expect(stride(from: 0, to: 16, by: 2).map { strings[$0] } == names.map { Array($0.utf8) }, "members of \(line)")
        expect(strings[9].elementsEqual(address.utf8), "address in \(line)")
    }
}
