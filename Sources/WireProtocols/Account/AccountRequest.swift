package import Bytes

/// A request on `account_socket`: a line with a verb and `name=value` between TABs, values escaped as in Dovecot's
/// protocols. Its values are wiped with it.
package final class AccountRequest: Sendable {
    /// Bytes of a line, its end not counted: more than a form of the page can have.
    package static let maxLineLength = 16_384
    /// Fields of a line; no verb has as many.
    private static let maxFields = 32

    /// Why a connection has to end.
    package struct Malformed: Error, Equatable {
        /// For the daemon's own log.
        package let what: String

        /// Says what is wrong.
        package init(what: String) { self.what = what }
    }

    /// What is asked for, such as `devices`.
    package let verb: String
    private let content: Secret
    private let fields: [String: Range<Int>]

    /// Reads a line without its end.
    ///
    /// - Throws: `Malformed` for a line that is not such a request.
    package init(_ line: ArraySlice<UInt8>) throws(Malformed) {
        let parts = line.split(separator: 0x09, omittingEmptySubsequences: false)
        guard let first = parts.first, Self.isName(first) else { throw Malformed(what: "no verb") }
        guard parts.count <= Self.maxFields else { throw Malformed(what: "too many fields") }
        var values: [UInt8] = []
        // Reserved at once: growing the array would leave a copy of secrets in memory.
        values.reserveCapacity(line.count)
        defer { wipe(&values) }
        var fields: [String: Range<Int>] = [:]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")), Self.isName(part[..<equals]) else {
                throw Malformed(what: "a field without a name")
            }
            let start = values.count
            guard TabEscape.append(decoding: part[(equals + 1)...], to: &values) else {
                throw Malformed(what: "an escape that is none")
            }
            let name = String(decoding: part[..<equals], as: UTF8.self)
            guard fields.updateValue(start..<values.count, forKey: name) == nil else {
                throw Malformed(what: "a field twice")
            }
        }
        verb = String(decoding: first, as: UTF8.self)
        self.fields = fields
        content = Secret(values)
    }

    /// A value that is no secret; empty if there is none, or if it is not UTF-8.
    package subscript(name: String) -> String { String(validating: bytes(name), as: UTF8.self) ?? "" }

    /// The bytes of a value that is no secret; none if there is no such field.
    package func bytes(_ name: String) -> [UInt8] {
        guard let range = fields[name] else { return [] }
        return unsafe content.withBytes { unsafe Array($0[range]) }
    }

    /// A copy of a value that is a secret; empty if there is no such field.
    package func secret(_ name: String) -> Secret {
        guard let range = fields[name] else { return Secret([]) }
        return unsafe content.withBytes { unsafe Secret(copying: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Words of a value, separated by spaces.
    package func words(_ name: String) -> [String] { self[name].split(separator: " ").map(String.init) }

    /// Whether a value is `yes`.
    package func isYes(_ name: String) -> Bool { self[name] == "yes" }

    /// Lower-case letters, digits and hyphens.
    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.count <= 32
            && bytes.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }
}
