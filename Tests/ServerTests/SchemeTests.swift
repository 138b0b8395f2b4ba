import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// Hashes made by Dovecot itself.
struct SchemeTests {
    @Test(arguments: [
        "ARGON2I", "ARGON2ID", "BLF-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "MD5-CRYPT", "CRYPT", "SSHA", "SSHA256",
        "SSHA512",
        "SHA", "SHA1", "SHA256", "SHA512", "SHA256.HEX", "SSHA512.HEX", "SSHA.B64", "PBKDF2",
    ])
    func dovecotsHashesVerify(_ scheme: String) throws {
        for secret in ["secret", "pass wörd", String(repeating: "x", count: 70)] {
            let made = try run(["doveadm", "pw", "-s", scheme, "-p", secret])
            #expect(made.status == 0, "\(made)")
            let stored = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let hash = try PasswordHash(stored: stored, memoryLimit: 131_072)
            #expect(try hash.matches(Secret(Array(secret.utf8))), "\(stored)")
            #expect(try !hash.matches(Secret(Array("other".utf8))), "\(stored)")
        }
    }

    @Test func yescrypt() throws {
        // Made by libxcrypt's own mkpasswd.
        let made = try run(["perl", "-e", #"print crypt("secret", "\$y\$j9T\$F5Jx5fExrKuPp53xLKQ..1")"#]).output
        #expect(made.hasPrefix("$y$j9T$"))
        let hash = try PasswordHash(stored: made, memoryLimit: 131_072)
        #expect(try hash.matches(Secret(Array("secret".utf8))))
        #expect(try !hash.matches(Secret(Array("Secret".utf8))))
        // 128 × 32 × 4096 octets.
        #expect(throws: HashError.self) { try PasswordHash(stored: made, memoryLimit: 16_383) }
        _ = try PasswordHash(stored: made, memoryLimit: 16_384)
    }
}
