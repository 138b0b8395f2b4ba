/// A request of Postfix's policy delegation (Postfix, SMTPD_POLICY_README; util/attr_scan_plain.c): `name=value` lines
/// and an empty one. Fed line by line.
package struct PolicyRequest: Equatable, Sendable {
    /// Bytes of a line: Postfix sends certificate subjects and long addresses, never this much.
    package static let maxLineLength = 16_384
    /// Attributes of a request: Postfix 3.8 sends 31, later versions some more.
    static let maxAttributes = 128

    /// Bytes of all lines: some four times what Postfix sends at most.
    static let maxRequestLength = 65_536

    /// Why a connection has to end.
    package struct Malformed: Error, Equatable {
        /// For the daemon's own log.
        package let what: String
    }

    private var attributes: [String: [UInt8]] = [:]
    private var length = 0

    /// An empty request.
    package init() {}

    /// Takes a line of the request, without its LF.
    ///
    /// - Returns: True at the end of the request.
    /// - Throws: `Malformed` when the connection has to end: for a line without a name, an attribute twice, too many
    ///   attributes, or another kind of request.
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
        guard attributes.count < Self.maxAttributes, length <= Self.maxRequestLength else {
            throw Malformed(what: "too many attributes")
        }
        attributes[name] = Array(line[line.index(after: equals)...])
        return false
    }

    /// The value of an attribute as text; empty if Postfix did not send it.
    package subscript(name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    /// The value of an attribute; empty if Postfix did not send it.
    package func bytes(_ name: String) -> [UInt8] { attributes[name] ?? [] }
}
