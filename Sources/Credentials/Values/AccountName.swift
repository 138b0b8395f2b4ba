/// The name an account signs in with: one full address, ASCII letters in lower case.
package struct AccountName: Hashable, Sendable {
    /// Octets before the last `@` (RFC 5321, 4.5.3.1.1).
    package static let longestLocalPart = 64
    /// Octets in all (RFC 5321, 4.5.3.1.3, less the angle brackets of a path).
    package static let longestName = 254

    package let text: String

    /// What stands after the last `@`; empty for a bare name.
    package var domain: String {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return "" }
        return String(text[text.index(after: at)...])
    }

    /// What stands before the last `@`.
    package var localPart: String {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return text }
        return String(text[..<at])
    }

    /// Normalises, then validates what a client sent. Nil is the rule's "malformed name".
    ///
    /// - Parameters:
    ///   - bytes: The name as it came over the wire.
    ///   - defaultDomain: Appended to a name without `@`; empty for none.
    package init?(_ bytes: [UInt8], defaultDomain: String = "") {
        guard !bytes.isEmpty, bytes.count <= Self.longestName else { return nil }
        let isBare = !bytes.contains(UInt8(ascii: "@"))
        let full = isBare && !defaultDomain.isEmpty ? bytes + Array("@\(defaultDomain)".utf8) : bytes
        let lowered = full.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        let at = lowered.lastIndex(of: UInt8(ascii: "@")) ?? lowered.count
        guard lowered.count <= Self.longestName, (1...Self.longestLocalPart).contains(at), at != lowered.count - 1
        else { return nil }
        if lowered.allSatisfy({ (0x21...0x7e).contains($0) }) {
            // Nearly all names: no need to look at scalars.
            guard !lowered.contains(where: Self.isForbidden) else { return nil }
            text = String(decoding: lowered, as: UTF8.self)
        } else {
            guard let text = String(validating: lowered, as: UTF8.self), text.unicodeScalars.allSatisfy(Self.allows)
            else { return nil }
            self.text = text
        }
    }

    package init?(_ text: String, defaultDomain: String = "") {
        self.init(Array(text.utf8), defaultDomain: defaultDomain)
    }

    /// Whether an account may be made under this name: a full address whose parts are safe inside `mail_home`.
    package var canBeAccount: Bool {
        let parts = [localPart, domain]
        return text.utf8.contains(UInt8(ascii: "@"))
            && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.utf8.contains(UInt8(ascii: "/")) }
    }

    private static func allows(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x21...0x7e).contains(scalar.value) && !isForbidden(UInt8(scalar.value)) }
        // Beyond ASCII, what a reader of logs cannot see or what reorders the line is no better than a control.
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .unassigned,
            .privateUse:
            return false
        default: return true
        }
    }

    /// Of the printable ones.
    private static func isForbidden(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","): true
        default: false
        }
    }
}
