package import Bytes

/// The client's side of one PLAIN attempt.
package enum DovecotAuthClient {
    /// The server's answer to a request.
    package enum Answer: Equatable {
        /// With the server's fields, `user` first.
        case granted([(key: String, value: [UInt8])])
        case denied
        case unavailable

        package static func == (left: Answer, right: Answer) -> Bool {
            switch (left, right) {
            case (.granted(let left), .granted(let right)):
                left.elementsEqual(right) { $0.key == $1.key && $0.value == $1.value }
            case (.denied, .denied), (.unavailable, .unavailable): true
            default: false
            }
        }
    }

    private static let id: UInt32 = 1

    /// The handshake and the request, in one write: the client does not wait for the server's handshake, which saves a
    /// round trip.
    package static func request(
        processID: Int32, userName: [UInt8], secret: borrowing Secret, service: String, remoteAddress: String,
        session: [UInt8]?
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
            "VERSION\t1\t2\nCPID\t\(processID)\nAUTH\t\(id)\tPLAIN\tservice=" + escape(service) + "\trip="
            + escape(remoteAddress)
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

    /// Reads a line of the server; nil for lines that are not the answer.
    package static func answer(_ line: ArraySlice<UInt8>) -> Answer? {
        let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
        guard fields.count >= 2 else { return nil }
        let number = fields[1]
        guard DovecotAuth.number(number.span) == id else { return nil }
        switch String(decoding: fields[0], as: UTF8.self) {
        case "OK":
            var values: [(key: String, value: [UInt8])] = []
            for field in fields.dropFirst(2) {
                guard let equals = field.firstIndex(of: UInt8(ascii: "=")),
                    let value = TabEscape.decode(field[(equals + 1)...])
                else { return .unavailable }
                values.append((String(decoding: field[..<equals], as: UTF8.self), Array(value)))
            }
            return values.first?.key == "user" ? .granted(values) : .unavailable
        case "FAIL":
            let isTemporary = fields.dropFirst(2).contains { Array($0) == Array("code=temp_fail".utf8) }
            return isTemporary ? .unavailable : .denied
        default: return nil
        }
    }

    private static func escape(_ text: String) -> String {
        String(decoding: TabEscape.encode(Array(text.utf8)), as: UTF8.self)
    }
}
