import Bytes
import Credentials
import Testing

struct HashTests {
    private func matches(_ stored: String, _ secret: String) throws -> Bool {
        try PasswordHash(stored: stored, memoryLimit: 131_072).matches(Secret(Array(secret.utf8)))
    }

    /// Published vectors: phc-winner-argon2's test.c, the SHA-crypt specification, crypt_blowfish's wrapper.c, RFC 6070
    /// (PBKDF2), FIPS 180 "abc" for the plain digests. The MD5-crypt hash was made by glibc.
    @Test(arguments: [
        ("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"),
        ("$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA", "password"),
        (
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            "Hello world!"
        ),
        ("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"),
        (
            "{SHA512-CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            "Hello world!"
        ),
        ("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "password"),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("{BLF-CRYPT}$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("{PBKDF2}$1$salt$4096$4b007901b765489abead49d926f721d065a429c1", "password"),
        ("{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "abc"),
        ("{SHA1}a9993e364706816aba3e25717850c26c9cd0d89d", "abc"),
        ("{SHA256.HEX}ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "abc"),
        ("{sha256.b64}ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "abc"),
    ])
    func publishedVectors(_ stored: String, _ secret: String) throws {
        #expect(try matches(stored, secret))
        #expect(try !matches(stored, secret + "x"))
        #expect(try !matches(stored, ""))
    }

    @Test func ownHashes() throws {
        let hash = try PasswordHash.make(Secret(Array("secret".utf8)), memory: 8192, passes: 1)
        #expect(hash.hasPrefix("$argon2id$v=19$m=8192,t=1,p=1$"))
        #expect(try matches(hash, "secret"))
        #expect(try !matches(hash, "Secret"))
        let parsed = try PasswordHash(stored: hash, memoryLimit: 8192)
        #expect(!parsed.isOlder(thanMemory: 8192, passes: 1))
        #expect(parsed.isOlder(thanMemory: 8193, passes: 1) && parsed.isOlder(thanMemory: 8192, passes: 2))
        // This hash has fewer passes but costs more in all: it must not be replaced by a cheaper one.
        let dear = try PasswordHash(
            stored: "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            memoryLimit: 65_536)
        #expect(!dear.isOlder(thanMemory: 19_456, passes: 2))
    }

    @Test func secretWithNULIsNotItsOwnBeginning() throws {
        let stored = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
        let hash = try PasswordHash(stored: stored, memoryLimit: 8192)
        #expect(try !hash.matches(Secret(Array("Hello world!\0x".utf8))))
    }

    @Test(arguments: [
        "", "$", "$$$$", "secret", "{", "{}", "{ARGON2ID}", "$argon2id$", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=99999999999999999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
        "$argon2id$v=19$m=-1,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=4294967295,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=2,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
        "$argon2id$v=18$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
        "$argon2id$v=19$m=065536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=2,p=1$$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$AAAA",
        "$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$6$rounds=999999999$salt$x", "$y$zzz$salt$x", "$9$x$y$z", "{PBKDF2}$1$salt$99999999999$00",
        "{PBKDF2}$1$salt$1$zz",
        "{SSHA}AAAA", "{SSHA256}!!!!", "{SHA256.ROT13}AAAA", "{PLAIN}secret", "{CLEAR}secret", "*", "!", "x",
    ])
    func unusable(_ stored: String) {
        #expect(throws: HashError.self) { try PasswordHash(stored: stored, memoryLimit: 131_072) }
    }

    /// Hashes that crypt(3) refuses, or would never produce, are recognised before anybody signs in.
    @Test(arguments: [
        ("$6$sa:lt$", 86), ("$6$sa!t$", 86), ("$6$sa*t$", 86), ("$6$sa\\t$", 86), ("$5$sa;lt$", 43),
        ("$6$rounds=+1000$salt$", 86), ("$6$rounds=01000$salt$", 86), ("$6$rounds=-1000$salt$", 86),
        ("$6$rounds=1000x$salt$", 86), ("$6$rounds=$salt$", 86), ("$5$rounds=999$salt$", 43),
        ("$6$saltsaltsaltsalts$", 86), ("$1$saltsalts$", 22), ("$1$sa:t$", 22), ("$2y$04$!", 52), ("$2y$04$", 52),
        ("$y$j9T$sa:lt$", 43), ("$6$salt$!", 85),
    ])
    func refusedByCrypt(_ setting: String, _ count: Int) {
        let stored = setting + String(repeating: "x", count: count)
        for text in [stored, "{CRYPT}" + stored] {
            #expect(throws: HashError.self, "\(text)") { try PasswordHash(stored: text, memoryLimit: 131_072) }
        }
    }

    @Test func overTheLimit() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc"
        #expect { try PasswordHash(stored: stored, memoryLimit: 65_535) } throws: { error in
            if case .overLimit(65_536, 65_535)? = error as? HashError { return true }
            return false
        }
    }

    /// Hashes that are cut or changed at random: nothing may trap.
    @Test func bentHashes() {
        let sound = [
            "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc",
            "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "{PBKDF2}$1$salt$5000$4b007901b765489abead49d926f721d065a429c1",
            "{SSHA256}m2bxBVZTVXVhJ6dPYsBCbpgUSyEMc6BQIZYZcKZtw1ZkN1ov", "$y$j9T$abc$x",
        ]
        var generator = SystemRandomNumberGenerator()
        for stored in sound {
            for _ in 0..<1000 {
                var bytes = Array(stored.utf8)
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
                    case 1:
                        bytes.insert(
                            UInt8.random(in: 0...255, using: &generator),
                            at: Int.random(in: 0...bytes.count, using: &generator))
                    default:
                        if let index = bytes.indices.randomElement(using: &generator) {
                            bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                        }
                    }
                }
                _ = try? PasswordHash(stored: String(decoding: bytes, as: UTF8.self), memoryLimit: 8192)
            }
        }
    }
}

struct TOTPTests {
    private static let seed = Array("12345678901234567890".utf8)

    /// RFC 4226, appendix D.
    @Test func counters() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        for (counter, code) in codes.enumerated() {
            #expect(TOTP.code(seed: Secret(Self.seed), counter: Int64(counter)) == code)
        }
    }

    /// RFC 6238, appendix B (SHA-1).
    @Test(arguments: [
        (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ])
    func times(_ seconds: Int64, _ code: String) {
        let step = TOTP.step(at: Timestamp(seconds))
        #expect(TOTP.code(seed: Secret(Self.seed), counter: step, digits: 8) == code)
    }

    @Test func oneStepBackAndOneAhead() {
        let now = Timestamp(1_800_000_000)
        func step(_ offset: Int64) -> Int64? {
            let code = TOTP.code(seed: Secret(Self.seed), counter: TOTP.step(at: now) + offset)
            return TOTP.matchingStep(code: Secret(Array(code.utf8)), seed: Secret(Self.seed), at: now)
        }
        #expect(step(0) == TOTP.step(at: now))
        #expect(step(-1) == TOTP.step(at: now) - 1)
        #expect(step(1) == TOTP.step(at: now) + 1)
        #expect(step(-2) == nil && step(2) == nil)
    }
}
