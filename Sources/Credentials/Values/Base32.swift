/// Crockford's base32: 32 symbols without i, l, o and u, read in any case, with `o` as 0 and `i`, `l` as 1.
enum Base32 {
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The value of each symbol, 0 to 31, indexed by its byte; `none` for any other byte. Searching the alphabet for
    /// each symbol took a twentieth of a sign-in.
    static let values: InlineArray<256, UInt8> = {
        var values = InlineArray<256, UInt8>(repeating: none)
        for (value, symbol) in zip(UInt8(0)..., alphabet) {
            values[Int(symbol)] = value
            if symbol >= UInt8(ascii: "a") { values[Int(symbol) - 0x20] = value }
        }
        for (symbol, value) in zip("oOiIlL".utf8, [0, 0, 1, 1, 1, 1] as [UInt8]) { values[Int(symbol)] = value }
        return values
    }()
    static let none: UInt8 = 0xff

    /// The value of the check symbol (Luhn mod 32), which detects every single wrong symbol and nearly all swapped
    /// neighbours.
    static func check(of values: Span<UInt8>) -> UInt8 {
        var sum = 0
        for index in values.indices {
            let addend = Int(values[index]) * ((values.count - index) % 2 + 1)
            sum += addend / 32 + addend % 32
        }
        return UInt8((32 - sum % 32) % 32)
    }

    /// The values of `count` random symbols: five bits of a random byte are as uniform as the byte.
    static func randomValues(_ count: Int) throws(RandomFailure) -> [UInt8] {
        var values = try randomBytes(count)
        for index in values.indices { values[index] &= 31 }
        return values
    }
}
