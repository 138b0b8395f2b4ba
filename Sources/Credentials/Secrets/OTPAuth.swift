package import Bytes

/// The URI that authenticator programs read from a QR code (Google Authenticator's "Key Uri Format"). It leaves out
/// what all of them assume: SHA-1, six digits, 30 s.
package enum OTPAuth {
    /// The base32 alphabet of RFC 4648, section 6, which is not the one of app passwords.
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// `otpauth://totp/ADDRESS?secret=SEED&issuer=DOMAIN`.
    package static func uri(account: AccountName, seed: borrowing Secret) -> Secret {
        var bytes: [UInt8] = []
        // Allocated at once: growing an array would leave a copy of the secret behind. Encoding makes a name up to
        // three times as long.
        bytes.reserveCapacity(64 + 6 * AccountName.maxNameLength + 2 * seed.count)
        bytes += "otpauth://totp/".utf8
        append(account.text, to: &bytes)
        bytes += "?secret=".utf8
        appendBase32(seed, to: &bytes)
        bytes += "&issuer=".utf8
        append(account.domain, to: &bytes)
        return Secret(wiping: &bytes)
    }

    /// Reads a seed in base32, in any case, with or without spaces and padding; nil for anything else and for a short
    /// seed.
    package static func seed(base32 text: String) -> Secret? {
        var bytes: [UInt8] = []
        // Allocated at once: growing an array would leave a copy of the secret behind.
        bytes.reserveCapacity(text.utf8.count)
        defer { wipe(&bytes) }
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text.utf8 where byte != UInt8(ascii: " ") && byte != UInt8(ascii: "=") {
            let letter = (0x61...0x7a).contains(byte) ? byte & 0xdf : byte
            guard let value = alphabet.firstIndex(of: letter) else { return nil }
            buffer = (buffer << 5 | UInt32(value)) & 0xfff
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bytes.count >= shortestSeed ? Secret(wiping: &bytes) : nil
    }

    /// Bytes. RFC 4226 requires 16, but many authenticator programs hold seeds of 10 that other systems made.
    private static let shortestSeed = 10

    /// Appends base32 without padding.
    private static func appendBase32(_ secret: borrowing Secret, to bytes: inout [UInt8]) {
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        _ = secret.allSatisfy { byte in
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                bytes.append(alphabet[Int(buffer >> bits & 31)])
            }
            return true
        }
        if bits > 0 { bytes.append(alphabet[Int(buffer << (5 - bits) & 31)]) }
    }

    /// Appends a text, percent-encoded where RFC 3986, section 3.3, requires it; `@` may stay.
    private static func append(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "@"):
                bytes.append(byte)
            default: bytes += ("%" + hex([byte]).uppercased()).utf8
            }
        }
    }
}
