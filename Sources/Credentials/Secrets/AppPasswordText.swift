package import Bytes

/// The text form of app passwords and recovery codes, as people type it and as it is hashed.
package enum AppPasswordText {
    /// Symbols without the check symbol: 24 × 5 bits = 120 bits.
    static let generatedSymbols = 24
    /// 16 × 5 bits = 80 bits.
    static let compactSymbols = 16
    /// Bytes; longer input is not read. 25 symbols of three bytes each, with separators, fit.
    package static let maxInputLength = 128

    /// What a presented secret reads as.
    package enum Reading: ~Copyable {
        /// 24 symbols and the right check symbol; the canonical text.
        case generated(Secret)
        /// As long as a generated app password, with a wrong check symbol.
        case mistyped
        /// 16 symbols; the canonical text.
        case compact(Secret)
        case other
    }

    /// Reads any case, with spaces and hyphens anywhere, `o` as 0, `i` and `l` as 1. Variants made by programs and
    /// keyboards read the same: other spaces, dashes and line ends, invisible characters, full-width letters and
    /// digits.
    package static func read(_ secret: borrowing Secret) -> Reading {
        var values: [UInt8] = []
        values.reserveCapacity(maxInputLength)
        defer { wipe(&values) }
        guard unsafe secret.withBytes({ readSymbols(unsafe Span(_unsafeBytes: $0), into: &values) }) else {
            return .other
        }
        switch values.count {
        case generatedSymbols + 1: return isGenerated(values) ? .generated(canonical(values)) : .mistyped
        case compactSymbols: return .compact(canonical(values))
        default: return .other
        }
    }

    /// Whether a secret reads as a generated app password; if so, its canonical text replaces the contents of the
    /// array.
    ///
    /// - Parameter text: Must have room for `maxInputLength` bytes.
    package static func readGenerated(_ secret: Span<UInt8>, into text: inout [UInt8]) -> Bool {
        text.removeAll(keepingCapacity: true)
        guard readSymbols(secret, into: &text), isGenerated(text) else { return false }
        for index in text.indices { text[index] = Base32.alphabet[Int(text[index])] }
        return true
    }

    private static func isGenerated(_ values: [UInt8]) -> Bool {
        values.count == generatedSymbols + 1 && Base32.check(of: values.span.extracting(droppingLast: 1)) == values.last
    }

    /// Appends the values of the symbols; false if there is anything but symbols and separators.
    private static func readSymbols(_ bytes: Span<UInt8>, into values: inout [UInt8]) -> Bool {
        guard bytes.count <= maxInputLength else { return false }
        var all: UInt8 = 0
        for index in bytes.indices { all |= bytes[index] }
        guard all < 0x80 else { return unsafe bytes.withUnsafeBytes { unsafe readScalars($0, into: &values) } }
        // Nearly all input is ASCII: no Unicode scalars to inspect.
        var isKnown = true
        values.append(addingCapacity: bytes.count) { values in
            for index in bytes.indices where !isSeparator(bytes[index]) {
                let value = Base32.values[Int(bytes[index])]
                if value == Base32.none { isKnown = false }
                values.append(value)
            }
        }
        return isKnown
    }

    private static func readScalars(_ bytes: UnsafeRawBufferPointer, into values: inout [UInt8]) -> Bool {
        var parser = Unicode.UTF8.ForwardParser()
        var rest = unsafe bytes.makeIterator()
        while true {
            switch unsafe parser.parseScalar(from: &rest) {
            case .valid(let encoded):
                switch character(Unicode.UTF8.decode(encoded)) {
                case .separator: continue
                case .symbol(let byte):
                    let value = Base32.values[Int(byte)]
                    guard value != Base32.none else { return false }
                    values.append(value)
                case .other: return false
                }
            case .emptyInput: return true
            case .error: return false
            }
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte)
    }

    private enum Character {
        case separator
        /// A character of ASCII that may be a symbol.
        case symbol(UInt8)
        case other
    }

    private static func character(_ scalar: Unicode.Scalar) -> Character {
        switch scalar.value {
        case 0x00...0x7f: isSeparator(UInt8(scalar.value)) ? .separator : .symbol(UInt8(scalar.value))
        // Soft hyphen; hyphens and dashes; minus; small and full-width forms.
        case 0xad, 0x2010...0x2015, 0x2212, 0xfe58, 0xfe63, 0xff0d: .separator
        // Zero-width spaces and joiners, direction marks, word joiner, byte order mark.
        case 0x200b...0x200f, 0x2060, 0xfeff: .separator
        // Full-width digits and letters are in the order of ASCII.
        case 0xff10...0xff19, 0xff21...0xff3a, 0xff41...0xff5a: .symbol(UInt8(scalar.value - 0xff00 + 0x20))
        default: scalar.properties.isWhitespace ? .separator : .other
        }
    }

    /// The canonical text of a new 120-bit secret.
    ///
    /// - Throws: `RandomFailure` if the kernel has no random bytes.
    package static func makeGenerated() throws(RandomFailure) -> Secret {
        var drawn = try Base32.randomValues(generatedSymbols)
        defer { wipe(&drawn) }
        // Allocated at once: growing an array would leave a copy of the secret behind.
        var values = drawn + [Base32.check(of: drawn.span)]
        defer { wipe(&values) }
        return canonical(values)
    }

    /// The canonical text of a new 80-bit secret.
    ///
    /// - Throws: `RandomFailure` if the kernel has no random bytes.
    package static func makeCompact() throws(RandomFailure) -> Secret {
        var values = try Base32.randomValues(compactSymbols)
        defer { wipe(&values) }
        return canonical(values)
    }

    /// The canonical text in groups of five symbols, or of four in a compact app password, with hyphens between them.
    package static func display(_ canonical: borrowing Secret) -> Secret {
        let group = canonical.count == compactSymbols ? 4 : 5
        var shown: [UInt8] = []
        shown.reserveCapacity(canonical.count * 2)
        var index = 0
        _ = canonical.allSatisfy { byte in
            if index > 0, index % group == 0 { shown.append(UInt8(ascii: "-")) }
            shown.append(byte)
            index += 1
            return true
        }
        return Secret(wiping: &shown)
    }

    private static func canonical(_ values: [UInt8]) -> Secret {
        var text = values.map { Base32.alphabet[Int($0)] }
        return Secret(wiping: &text)
    }
}
