package import Bytes

/// A reply on `account_socket`: any number of rows, then one line that says how the request ended.
package struct AccountReply {
    /// How a request ended. No row begins with these words.
    package enum Ending: String, CaseIterable, Sendable {
        case ok
        /// The sign-in was denied; no reason is given.
        case denied
        /// The request was understood and refused; the field `code` says why.
        case refused
        /// No answer was possible now.
        case unavailable
    }

    /// Fields of a line; nil: left out.
    package typealias Fields = [(key: String, value: String?)]

    private var bytes: [UInt8] = []

    /// A reply without rows.
    package init() {}

    /// Appends a row.
    package mutating func row(_ kind: String, _ fields: Fields) {
        append(kind, fields)
        bytes.append(0x0a)
    }

    /// Ends the reply.
    package consuming func end(_ ending: Ending, _ fields: Fields = []) -> Secret {
        append(ending.rawValue, fields)
        bytes.append(0x0a)
        return Secret(bytes)
    }

    /// Ends the reply with a secret in its last field.
    package consuming func end(ok fields: Fields, _ key: String, _ secret: borrowing Secret) -> Secret {
        append(Ending.ok.rawValue, fields)
        bytes += "\t\(key)=".utf8
        return TabEscape.encode(secret).between(bytes, [0x0a])
    }

    private mutating func append(_ word: String, _ fields: Fields) {
        bytes += word.utf8
        for (key, value) in fields {
            guard let value else { continue }
            bytes += "\t\(key)=".utf8
            TabEscape.append(value, to: &bytes)
        }
    }
}
