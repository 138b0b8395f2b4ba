package import Bytes

/// The text form of app passwords and recovery codes: what people type, and what is hashed.
package enum AppPasswordText {
    /// Symbols without the check symbol: 24 × 5 bits = 120 bits.
    static let generatedSymbols = 24
    /// 16 × 5 bits = 80 bits.
    static let compactSymbols = 16
    /// Longer input is not looked at: 25 symbols, each with one separator, are well below.
    static let longestInput = 64

    /// What a secret that somebody presented looks like.
    package enum Reading: ~Copyable {
        /// 24 symbols and the right check symbol; the canonical text.
        case generated(Secret)
        /// As long as a generated one, with a check symbol that does not fit.
        case mistyped
        /// 16 symbols; the canonical text.
        case compact(Secret)
        case other
    }

    /// Reads any case, with spaces and hyphens anywhere, `o` for 0, `i` and `l` for 1.
    package static func read(_ secret: borrowing Secret) -> Reading {
        guard secret.count <= longestInput else { return .other }
        var values: [UInt8] = []
        values.reserveCapacity(longestInput)
        defer { wipe(&values) }
        let known = Base32.values
        let isReadable = secret.allSatisfy { byte in
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") { return true }
            let value = known[Int(byte)]
            guard value != Base32.none else { return false }
            values.append(value)
            return true
        }
        guard isReadable else { return .other }
        switch values.count {
        case generatedSymbols + 1:
            guard Base32.check(of: values.dropLast()) == values.last else { return .mistyped }
            return .generated(canonical(values))
        case compactSymbols: return .compact(canonical(values))
        default: return .other
        }
    }

    /// A new 120-bit secret: its canonical text.
    package static func makeGenerated() throws(RandomFailure) -> Secret {
        var drawn = try Base32.randomValues(generatedSymbols)
        defer { wipe(&drawn) }
        // In one piece: growing an array would leave a copy behind.
        var values = drawn + [Base32.check(of: drawn[...])]
        defer { wipe(&values) }
        return canonical(values)
    }

    /// A new 80-bit secret: its canonical text.
    package static func makeCompact() throws(RandomFailure) -> Secret {
        var values = try Base32.randomValues(compactSymbols)
        defer { wipe(&values) }
        return canonical(values)
    }

    /// The canonical text in groups with hyphens, five symbols each, or four in a compact one.
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
