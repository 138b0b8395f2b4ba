#if !hasFeature(Embedded)
    package import Bytes
#endif

/// The client's side of one PLAIN attempt or one look-up.
package enum DovecotAuthClient {
    /// Names and values, in the server's order.
    package typealias Fields = [(key: String, value: [UInt8])]

    /// The server's answer to an attempt.
    package enum Answer {
        /// With the server's fields, `user` first.
        case granted(Fields)
        case denied
        case unavailable
    }

    /// The server's answer to a look-up.
    package enum LookUp {
        /// With the account's name and the fields of its mailbox, whose names are without `userdb_`.
        case found(name: [UInt8], Fields)
        case notFound
        case unavailable
    }

    private static let id: UInt32 = 1
    /// The process id may be a constant: posternd tells its clients apart by their connections.
    private static let handshake = "VERSION\t1\t2\nCPID\t1\n"

    /// The handshake and an attempt, in one write: the client does not wait for the server's handshake, which saves a
    /// round trip.
    package static func request(
        userName: [UInt8], secret: borrowing Secret, service: String, remoteAddress: String, session: [UInt8]?
    ) -> Secret {
        var message: [UInt8] = []
        message.reserveCapacity(userName.count + secret.count + 2)
        message.append(0)
        message += userName
        message.append(0)
        unsafe secret.withBytes { unsafe message.append(contentsOf: $0) }
        var response = Base64.encode(message, padded: true)
        wipe(&message)
        let parameters =
            handshake + "AUTH\t\(id)\tPLAIN\tservice=" + escape(service) + "\trip=" + escape(remoteAddress)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parameters.utf8.count + (session?.count ?? 0) * 2 + response.count + 32)
        bytes += parameters.utf8
        if let session {
            bytes += "\tsession=".utf8
            bytes += TabEscape.encode(session)
        }
        bytes += "\tresp=".utf8
        bytes += response
        bytes.append(0x0a)
        wipe(&response)
        return Secret(wiping: &bytes)
    }

    /// The handshake and a look-up, in one write.
    package static func lookUp(userName: [UInt8]) -> Secret {
        var bytes = Array((handshake + "USER\t\(id)\t").utf8) + TabEscape.encode(userName) + [0x0a]
        return Secret(wiping: &bytes)
    }

    /// Reads a line of the server; nil for lines that are not the answer to an attempt.
    package static func answer(_ line: ArraySlice<UInt8>) -> Answer? {
        guard let (word, rest) = split(line) else { return nil }
        if word.elementsEqual("OK".utf8) {
            guard let fields = fields(rest), fields.first?.key.utf8.elementsEqual("user".utf8) == true else {
                return .unavailable
            }
            return .granted(fields)
        }
        guard word.elementsEqual("FAIL".utf8) else { return nil }
        return rest.contains { $0.elementsEqual("code=temp_fail".utf8) } ? .unavailable : .denied
    }

    /// Reads a line of the server; nil for lines that are not the answer to a look-up.
    package static func lookUpAnswer(_ line: ArraySlice<UInt8>) -> LookUp? {
        guard let (word, rest) = split(line) else { return nil }
        if word.elementsEqual("USER".utf8) {
            guard let name = rest.first.flatMap(TabEscape.decode), let fields = fields(rest.dropFirst()) else {
                return .unavailable
            }
            return .found(name: Array(name), fields)
        }
        if word.elementsEqual("NOTFOUND".utf8) { return .notFound }
        return word.elementsEqual("FAIL".utf8) ? .unavailable : nil
    }

    /// The word of an answer to this request, and the fields after the id.
    private static func split(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<ArraySlice<UInt8>>)? {
        let fields = line.split(
            separator: 0x09, maxSplits: DovecotAuth.Fields.maxCount, omittingEmptySubsequences: false)
        guard fields.count >= 2 else { return nil }
        let number = fields[1]
        return DovecotAuth.number(number.span) == id ? (fields[0], fields[2...]) : nil
    }

    /// Decodes `key=value` fields; nil if one is none, or if there are too many.
    private static func fields(_ encoded: ArraySlice<ArraySlice<UInt8>>) -> Fields? {
        guard encoded.endIndex <= DovecotAuth.Fields.maxCount else { return nil }
        var values: Fields = []
        for field in encoded {
            guard let equals = field.firstIndex(of: UInt8(ascii: "=")),
                let value = TabEscape.decode(field[(equals + 1)...])
            else { return nil }
            values.append((String(decoding: field[..<equals], as: UTF8.self), Array(value)))
        }
        return values
    }

    private static func escape(_ text: String) -> String {
        String(decoding: TabEscape.encode(Array(text.utf8)), as: UTF8.self)
    }
}
