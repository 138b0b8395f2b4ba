import Bytes
import Crypto
import Glibc

/// Dovecot's `{CRAM-MD5}`, also called `{HMAC-MD5}`: what HMAC-MD5 has in hand once it has read the key, outer state
/// before inner (src/auth/password-scheme.c, src/lib/hmac-cram-md5.c).
struct CramMD5Hash: Sendable {
    private let states: [UInt8]

    /// 64 hexadecimal digits.
    init?(_ text: Substring) {
        guard let states = decodeHex(text), states.count == 32 else { return nil }
        self.states = states
    }

    func matches(_ secret: borrowing Secret) -> Bool {
        // In one piece: growing would leave a copy of the secret behind.
        var key: [UInt8] = []
        key.reserveCapacity(MD5Block.length)
        unsafe secret.withBytes { bytes in
            if bytes.count > MD5Block.length {
                unsafe key += Insecure.MD5.hash(data: bytes)
            } else {
                unsafe key += bytes
            }
        }
        while key.count < MD5Block.length { key.append(0) }
        defer { wipe(&key) }
        // RFC 2104, section 2.
        return constantTimeEquals(Self.state(after: key, 0x5c) + Self.state(after: key, 0x36), states)
    }

    private static func state(after key: [UInt8], _ pad: UInt8) -> [UInt8] {
        var block = key.map { $0 ^ pad }
        defer { wipe(&block) }
        return MD5Block.state(after: block)
    }
}

/// MD5 over one block, without the padding and the length that end it (RFC 1321, section 3.4): libraries keep that to
/// themselves.
enum MD5Block {
    static let length = 64

    private static let shifts: [[UInt32]] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]]

    /// 2^32 times the sine of 1, 2, …, 64 radians, without its sign and its fraction (RFC 1321, section 3.4).
    private static let sines = (1...64).map { UInt32(abs(sin(Double($0))) * 0x1p32) }

    /// 16 octets, least significant first.
    static func state(after block: [UInt8]) -> [UInt8] {
        let words = (0..<16).map { index in
            block[(index * 4)..<(index * 4 + 4)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        let start: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
        var (a, b, c, d) = (start[0], start[1], start[2], start[3])
        for step in 0..<64 {
            let mixed: UInt32
            let word: Int
            switch step / 16 {
            case 0: (mixed, word) = (b & c | ~b & d, step)
            case 1: (mixed, word) = (d & b | ~d & c, (5 * step + 1) % 16)
            case 2: (mixed, word) = (b ^ c ^ d, (3 * step + 5) % 16)
            default: (mixed, word) = (c ^ (b | ~d), 7 * step % 16)
            }
            let sum = a &+ mixed &+ sines[step] &+ words[word]
            let shift = shifts[step / 16][step % 4]
            (a, d, c, b) = (d, c, b, b &+ (sum << shift | sum >> (32 - shift)))
        }
        var state: [UInt8] = []
        for (first, last) in zip(start, [a, b, c, d]) {
            let sum = first &+ last
            for shift in [0, 8, 16, 24] as [UInt32] { state.append(UInt8(truncatingIfNeeded: sum >> shift)) }
        }
        return state
    }
}
