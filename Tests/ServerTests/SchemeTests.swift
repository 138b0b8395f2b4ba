import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// Hashes made by other programs.
struct SchemeTests {
    @Test(arguments: [
        "ARGON2I", "ARGON2ID", "BLF-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "MD5-CRYPT", "CRYPT", "SSHA", "SSHA256",
        "SSHA512",
        "SHA", "SHA1", "SHA256", "SHA512", "SHA256.HEX", "SSHA512.HEX", "SSHA.B64", "PBKDF2", "SCRAM-SHA-1",
        "SCRAM-SHA-256", "SHA512-CRYPT.B64", "BLF-CRYPT.HEX", "MD5", "SMD5", "SMD5.HEX", "PLAIN-MD5", "PLAIN-MD5.B64",
        "LDAP-MD5", "CRAM-MD5", "HMAC-MD5",
        "DES-CRYPT",
    ])
    func dovecotsHashesVerify(_ scheme: String) throws {
        for secret in ["secret", "pass wörd", String(repeating: "x", count: 70)] {
            let made = try run(["doveadm", "pw", "-s", scheme, "-p", secret])
            // Dovecot itself makes no DES hash of a secret that DES would not cover.
            if made.status != 0, scheme == "DES-CRYPT", secret != "secret" { continue }
            #expect(made.status == 0, "\(made)")
            let stored = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let hash = try PasswordHash(stored: stored, memoryLimit: 131_072)
            #expect(try hash.matches(Secret(Array(secret.utf8))), "\(stored)")
            #expect(try !hash.matches(Secret(Array("other".utf8))), "\(stored)")
        }
    }

    /// Hashes by passlib itself, as Mailu stores them.
    @Test(arguments: [
        "from passlib.hash import bcrypt_sha256 as h; print(h.using(rounds=5).hash(p))",
        "from passlib.hash import bcrypt_sha256 as h; print(h.using(rounds=5, version=1).hash(p))",
        "from passlib.hash import pbkdf2_sha256 as h; print(h.using(rounds=1).hash(p))",
        "from passlib.hash import pbkdf2_sha256 as h; print(h.hash(p))",
        "from passlib.hash import pbkdf2_sha512 as h; print(h.hash(p))",
        "from passlib.hash import pbkdf2_sha1 as h; print(h.hash(p))",
        "from passlib.hash import bcrypt as h; print(h.using(rounds=5).hash(p))",
        "from passlib.hash import sha512_crypt as h; print(h.using(rounds=5000).hash(p))",
    ])
    func passlibsHashesVerify(_ program: String) throws {
        try verifies { secret in
            try run(["/usr/bin/python3", "-W", "ignore", "-c", "import sys; p = sys.argv[1]; \(program)", secret])
        }
    }

    /// Hashes by PHP itself, as PostfixAdmin stores them.
    @Test(arguments: ["PASSWORD_BCRYPT", "PASSWORD_ARGON2I", "PASSWORD_ARGON2ID"])
    func phpsHashesVerify(_ algorithm: String) throws {
        try verifies { secret in try run(["php", "-r", "echo password_hash($argv[1], \(algorithm));", "--", secret]) }
    }

    private func verifies(_ make: (String) throws -> CommandResult) throws {
        for secret in ["secret", "pass wörd", "0123456789abcdef0123456789abcdef"] {
            let made = try make(secret)
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
        // 128 × 32 × 4096 bytes.
        #expect(throws: HashError.self) { try PasswordHash(stored: made, memoryLimit: 16_383) }
        _ = try PasswordHash(stored: made, memoryLimit: 16_384)
    }
}
