/// A request of Postfix's policy delegation (Postfix, SMTPD_POLICY_README; util/attr_scan_plain.c): `name=value` lines
/// and an empty one. Fed line by line.
package struct PolicyRequest: Equatable, Sendable {
    /// Octets of a line: Postfix sends certificate subjects and long addresses, never this much.
    package static let longestLine = 16_384
    /// Postfix 3.8 sends 31; later ones add some.
    static let mostAttributes = 128

    /// Octets of all lines: some four times what Postfix sends at most.
    static let longestRequest = 65_536

    package struct Malformed: Error, Equatable {
        package let what: String
    }

    private var attributes: [String: [UInt8]] = [:]
    private var length = 0

    package init() {}

    /// - Returns: True at the end of the request.
    package mutating func receive(_ line: ArraySlice<UInt8>) throws(Malformed) -> Bool {
        guard !line.isEmpty else {
            guard self["request"] == "smtpd_access_policy" else {
                throw Malformed(what: "not an access policy request")
            }
            return true
        }
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")), equals > line.startIndex else {
            throw Malformed(what: "a line without a name")
        }
        let name = String(decoding: line[..<equals], as: UTF8.self)
        guard attributes[name] == nil else { throw Malformed(what: "an attribute twice") }
        length += line.count
        guard attributes.count < Self.mostAttributes, length <= Self.longestRequest else {
            throw Malformed(what: "too many attributes")
        }
        attributes[name] = Array(line[line.index(after: equals)...])
        return false
    }

    /// Empty when Postfix sent no such attribute.
    package subscript(name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    package func bytes(_ name: String) -> [UInt8] { attributes[name] ?? [] }
}
