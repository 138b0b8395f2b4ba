/// Crockford's base32: 32 symbols without i, l, o and u, read in any case, with `o` as 0 and `i`, `l` as 1.
enum Base32 {
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The value of a symbol, 0 to 31; nil for a byte that is none.
    static func value(of byte: UInt8) -> UInt8? {
        switch byte | 0x20 {
        case UInt8(ascii: "o"): return 0
        case UInt8(ascii: "i"), UInt8(ascii: "l"): return 1
        default:
            let lowered = (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
            return alphabet.firstIndex(of: lowered).map { UInt8($0) }
        }
    }

    /// The check symbol's value (Luhn mod 32): finds every single wrong symbol and nearly all swapped neighbours.
    static func check(of values: some BidirectionalCollection<UInt8>) -> UInt8 {
        var factor = 2
        var sum = 0
        for value in values.reversed() {
            let addend = Int(value) * factor
            sum += addend / 32 + addend % 32
            factor = 3 - factor
        }
        return UInt8((32 - sum % 32) % 32)
    }

    /// `count` random symbols. Five bits of a random byte are as even as the byte.
    static func randomValues(_ count: Int) throws(RandomFailure) -> [UInt8] {
        var values = try randomBytes(count)
        for index in values.indices { values[index] &= 31 }
        return values
    }
}
