import CPostern

/// Makes the form in which all spellings of one address are the same bytes. An ASCII address only needs lower case and
/// no surrounding white space.
enum CanonicalName {
    /// Bytes of the longest domain name in A-labels (RFC 1035, section 2.3.4), and a NUL.
    private static let domainCapacity = 254 + 1
    /// Normalisation form C in UTF-8 is at most this many times as long as its input (Unicode Standard Annex #15,
    /// section 14).
    static let largestExpansion = 3

    /// The local part in form C, the domain in A-labels, ASCII letters in lower case; nil if the address has no such
    /// form.
    ///
    /// - Parameter address: UTF-8.
    static func of(_ address: [UInt8]) -> [UInt8]? {
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else { return compose(address).map(lower) }
        guard let local = compose(Array(address[..<at])), let domain = aLabels(Array(address[(at + 1)...])) else {
            return nil
        }
        return lower(local + [UInt8(ascii: "@")] + domain)
    }

    /// A domain in A-labels; nil if it has no such form.
    static func aLabels(_ domain: [UInt8]) -> [UInt8]? {
        guard !domain.allSatisfy({ $0 < 0x80 }) else { return domain }
        guard !domain.contains(0) else { return nil }
        let text = domain.map { CChar(bitPattern: $0) } + [0]
        var made = [CChar](repeating: 0, count: domainCapacity)
        guard unsafe postern_a_label(text, &made, made.count) == 0 else { return nil }
        let labels = made.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        // Letters, digits and hyphens (RFC 5891, section 4.2.3.1): nothing that could leave a path or form another
        // address.
        return labels.allSatisfy(isDomainByte) ? labels : nil
    }

    private static func isDomainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    private static func compose(_ text: [UInt8]) -> [UInt8]? {
        guard !text.allSatisfy({ $0 < 0x80 }) else { return text }
        let characters = text.map { CChar(bitPattern: $0) }
        var made = [CChar](repeating: 0, count: text.count * largestExpansion)
        let count = unsafe postern_nfc(characters, characters.count, &made, made.count)
        return count < 0 ? nil : made.prefix(count).map { UInt8(bitPattern: $0) }
    }

    static func lower(_ bytes: [UInt8]) -> [UInt8] { bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    /// Removes surrounding white space; nil for bytes that are not UTF-8.
    static func trim(_ bytes: [UInt8]) -> [UInt8]? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let scalars = text.unicodeScalars.drop { $0.properties.isWhitespace }
        guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return [] }
        return Array(String(scalars[...last]).utf8)
    }
}
