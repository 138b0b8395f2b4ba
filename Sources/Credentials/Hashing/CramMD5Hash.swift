import Bytes
import Crypto

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
        var key = unsafe secret.withBytes { bytes in
            unsafe bytes.count > MD5Block.length ? Array(Insecure.MD5.hash(data: bytes)) : Array(bytes)
        }
        key.reserveCapacity(MD5Block.length)
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

    /// 2^32 times the sine of 1, 2, …, 64 radians, as RFC 1321 defines them; the cosine formula in fixed point would be longer
    /// than they are.
    private static let sines: [UInt32] = [
        0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
        0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
        0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
        0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
        0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
        0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
        0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
        0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
    ]

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
