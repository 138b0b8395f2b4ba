import Bytes
import CPostern

/// Dovecot's `{CRAM-MD5}`, also called `{HMAC-MD5}`: the two states of HMAC-MD5 after it has read the key, outer before
/// inner (src/auth/password-scheme.c, src/lib/hmac-cram-md5.c).
struct CramMD5Hash: Sendable {
    /// Bytes of an MD5 block (RFC 1321, section 3).
    private static let blockLength = 64

    private let states: [UInt8]

    /// Reads 64 hexadecimal digits.
    init?(_ text: Substring) {
        guard let states = decodeHex(text), states.count == 32 else { return nil }
        self.states = states
    }

    func matches(_ secret: borrowing Secret) -> Bool {
        // Allocated at once: growing would leave a copy of the secret behind.
        var key: [UInt8] = []
        key.reserveCapacity(Self.blockLength)
        if secret.count > Self.blockLength {
            key += Digest.md5.of(secret)
        } else {
            unsafe secret.withBytes { unsafe key += $0 }
        }
        while key.count < Self.blockLength { key.append(0) }
        defer { wipe(&key) }
        // RFC 2104, section 2.
        return constantTimeEquals(Self.state(after: key, 0x5c) + Self.state(after: key, 0x36), states)
    }

    private static func state(after key: [UInt8], _ pad: UInt8) -> [UInt8] {
        var block = key.map { $0 ^ pad }
        defer { wipe(&block) }
        var words = [UInt8](repeating: 0, count: Digest.md5.length)
        unsafe postern_md5_block(block, &words)
        return words
    }
}
