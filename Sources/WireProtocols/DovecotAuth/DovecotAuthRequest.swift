import Bytes

/// An AUTH line, taken apart: where its parts are, and nothing copied.
package struct DovecotAuthRequest {
    package let id: UInt32
    let mechanism: Place
    /// Values as they stand in the line.
    package private(set) var service = Place.none
    package private(set) var remoteAddress = Place.none
    package private(set) var session = Place.none
    /// The client's first message, in base64.
    package private(set) var response = Place.none
    /// A second-factor code. Postern's own parameter, as the next two.
    private(set) var code = Place.none
    /// The master user whose secret Dovecot took for this one.
    private(set) var masterUser = Place.none
    /// A webmail wants an app password for its session.
    private(set) var wantsAppPassword = false

    /// Within the line, which has 16 KiB at most.
    package struct Place {
        private let start: UInt16
        private let end: UInt16

        fileprivate init(_ start: Int, _ end: Int) {
            self.start = UInt16(start)
            self.end = UInt16(end)
        }

        /// An empty value lies behind its name, and so never at 0.
        static let none = Place(0, 0)

        package var isThere: Bool { start > 0 }
        package var range: Range<Int> { Int(start)..<Int(end) }
    }

    /// Whether it is one message of PLAIN, with parameters that stand for themselves, and none of Postern's own.
    package func isPlain(_ line: Span<UInt8>) -> Bool {
        line.extracting(mechanism.range).equals("PLAIN") && response.isThere && !code.isThere && !masterUser.isThere
            && !wantsAppPassword && session.range.count <= DovecotAuthParameters.longest
            && session.isThere != session.range.isEmpty && line.place(of: TabEscape.escape) == nil
    }

    /// Whether the line is one of these.
    static func isRequest(_ line: Span<UInt8>) -> Bool {
        line.count >= 4 && line.extracting(0..<4).equals("AUTH") && (line.count == 4 || line[4] == 0x09)
    }

    init(_ line: Span<UInt8>) throws(DovecotAuth.Malformed) {
        guard line.count <= DovecotAuth.longestLine else { throw DovecotAuth.Malformed(what: "too long a line") }
        var fields = DovecotAuth.Fields()
        _ = try fields.next(line)
        id = try fields.id(line)
        guard let mechanism = try fields.next(line) else { throw DovecotAuth.Malformed(what: "AUTH without mechanism") }
        self.mechanism = Place(mechanism.lowerBound, mechanism.upperBound)
        while let field = try fields.next(line) {
            let length = line.extracting(field).place(of: UInt8(ascii: "=")) ?? field.count
            let value = Place(min(field.lowerBound + length + 1, field.upperBound), field.upperBound)
            let name = line.extracting(field.lowerBound..<field.lowerBound + length)
            switch length {
            case 3 where name.equals("rip"): remoteAddress = value
            case 4 where name.equals("resp"):
                // Nothing may follow: what did would be part of the secret to one reader and a parameter to another.
                guard fields.isAtEnd else { throw DovecotAuth.Malformed(what: "resp is not last") }
                response = value
            case 4 where name.equals("code"): code = value
            case 7 where name.equals("service"): service = value
            case 7 where name.equals("session"): session = value
            // Dovecot 2.4's name for it.
            case 8 where name.equals("protocol"): service = value
            case 11 where name.equals("master-user"): masterUser = value
            case 12 where name.equals("app-password"): wantsAppPassword = true
            default: break
            }
        }
    }
}
