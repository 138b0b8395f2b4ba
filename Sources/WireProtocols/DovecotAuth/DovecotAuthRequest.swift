import Bytes

/// An AUTH line, parsed: the positions of its parts, without copies.
package struct DovecotAuthRequest {
    /// The client's number of the request; never 0.
    package let id: UInt32
    let mechanism: Field
    /// `service`, or `protocol`, its name in Dovecot 2.4. Like all values still escaped.
    package private(set) var service = Field.none
    /// `rip`: the client's address.
    package private(set) var remoteAddress = Field.none
    /// `session`.
    package private(set) var session = Field.none
    /// `resp`: the client's first message, in base64.
    package private(set) var response = Field.none
    /// A second-factor code. This parameter and the next two are Postern's own.
    private(set) var code = Field.none
    /// The master user whose secret Dovecot accepted for this request.
    private(set) var masterUser = Field.none
    /// Whether a webmail wants an app password for its session.
    private(set) var wantsAppPassword = false

    /// The position of a value within the line, which has 16 KiB at most.
    package struct Field {
        private let start: UInt16
        private let end: UInt16

        fileprivate init(_ start: Int, _ end: Int) {
            self.start = UInt16(start)
            self.end = UInt16(end)
        }

        /// A missing field. Even an empty value stands after its name, and so never at 0.
        static let none = Field(0, 0)

        /// Whether the line has the field.
        package var isPresent: Bool { start > 0 }
        /// The bytes of the value in the line.
        package var range: Range<Int> { Int(start)..<Int(end) }
    }

    /// Whether the request has a complete message of PLAIN, no escapes, and none of Postern's own parameters.
    package func isPlain(_ line: Span<UInt8>) -> Bool {
        line.extracting(mechanism.range).equals("PLAIN") && response.isPresent && !code.isPresent
            && !masterUser.isPresent
            && !wantsAppPassword && session.range.count <= DovecotAuth.maxParameterLength
            && session.isPresent != session.range.isEmpty && line.position(of: TabEscape.escape) == nil
    }

    /// Whether the line is an AUTH line.
    static func isRequest(_ line: Span<UInt8>) -> Bool {
        line.count >= 4 && line.extracting(0..<4).equals("AUTH") && (line.count == 4 || line[4] == 0x09)
    }

    init(_ line: Span<UInt8>) throws(DovecotAuth.Malformed) {
        guard line.count <= DovecotAuth.maxLineLength else { throw DovecotAuth.Malformed(what: "too long a line") }
        var fields = DovecotAuth.Fields()
        _ = try fields.next(line)
        id = try fields.id(line)
        guard let mechanism = try fields.next(line) else { throw DovecotAuth.Malformed(what: "AUTH without mechanism") }
        self.mechanism = Field(mechanism.lowerBound, mechanism.upperBound)
        while let field = try fields.next(line) {
            let length = line.extracting(field).position(of: UInt8(ascii: "=")) ?? field.count
            let value = Field(min(field.lowerBound + length + 1, field.upperBound), field.upperBound)
            let name = line.extracting(field.lowerBound..<field.lowerBound + length)
            switch length {
            case 3 where name.equals("rip"): remoteAddress = value
            case 4 where name.equals("resp"):
                // Nothing may follow: one reader would take it for a part of the secret, another for a parameter.
                guard fields.isAtEnd else { throw DovecotAuth.Malformed(what: "resp is not last") }
                response = value
            case 4 where name.equals("code"): code = value
            case 7 where name.equals("service"): service = value
            case 7 where name.equals("session"): session = value
            // Dovecot 2.4's name for `service`.
            case 8 where name.equals("protocol"): service = value
            case 11 where name.equals("master-user"): masterUser = value
            case 12 where name.equals("app-password"): wantsAppPassword = true
            default: break
            }
        }
    }
}
