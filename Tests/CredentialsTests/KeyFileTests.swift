import Bytes
@testable import Credentials
import Foundation
import TestSupport
import Testing

struct KeyFileTests {
    private func problem(_ path: String) -> String {
        do {
            _ = try KeyFile.load(path: path)
            return "none"
        } catch {
            return error.explanation
        }
    }

    @Test func madeOnceAndNeverOverwritten() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("key")
        try KeyFile.create(path: path, group: nil)
        let before = FileManager.default.contents(atPath: path)
        #expect(before?.count == 32)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
        #expect(throws: KeyFileError.self) { try KeyFile.create(path: path, group: nil) }
        #expect(FileManager.default.contents(atPath: path) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["key"])
        #expect(problem(path) == "none")
    }

    @Test(arguments: [0o644, 0o604, 0o601, 0o660, 0o666])
    func modesThatAreRefused(_ mode: Int) throws {
        let directory = TemporaryDirectory()
        let path = try directory.write(String(repeating: "k", count: 32), to: "key", mode: mode)
        #expect(problem(path).contains("run 'chmod 0640 \(path)'"))
    }

    @Test func modesThatAreTaken() throws {
        for mode in [0o640, 0o600, 0o400, 0o440] {
            let directory = TemporaryDirectory()
            #expect(problem(try directory.write(String(repeating: "k", count: 32), to: "key", mode: mode)) == "none")
        }
    }

    @Test func shortMissingAndNoFile() throws {
        let directory = TemporaryDirectory()
        let short = try directory.write(String(repeating: "k", count: 31), to: "key", mode: 0o640)
        #expect(problem(short).contains("holds 31 bytes, fewer than 32"))
        #expect(problem(directory.file("none")).contains("is missing"))
        #expect(problem(directory.path).contains("is not a regular file"))
    }

    private static let material = Array("0123456789abcdef0123456789abcdef".utf8)

    /// The derivation is HKDF (RFC 5869): made with Python's hmac.
    @Test func derivationIsHKDF() throws {
        let keys = Keys(material: Secret(Self.material))
        let found = keys.guess.mac(account: "a@b", secret: Secret(Array("secret".utf8)))
        #expect(hex(found) == "d465dbfd138d0cd4a7725d2dbb55ad3c")
    }

    /// A seed that was sealed by another implementation of RFC 8439 (OpenSSL), and the same with one bit wrong.
    @Test func opensWhatOthersSealed() throws {
        let text = "000102030405060708090a0b66bfc40a72538b0863094117df622074992eb9c06e3f23ef00f4863e0aea85fffcc1b0a5"
        let sealed = try #require(decodeHex(text[...]))
        let keys = Keys(material: Secret(Self.material))
        let alice = try World.name("alice@example.org")
        let seed = keys.open(sealed, account: alice)
        let isSame = seed?.equals(Secret(Array("12345678901234567890".utf8))) == true
        #expect(isSame)
        for index in sealed.indices {
            var other = sealed
            other[index] ^= 1
            let isRefused = keys.open(other, account: alice) == nil
            #expect(isRefused, "\(index)")
        }
    }

    /// Values of one use of the key, or of one account, must not be valid for another.
    @Test func usesAreSeparate() throws {
        let keys = Keys(material: Secret(Array(repeating: 7, count: 32)))
        let secret = Secret(Array("secret".utf8))
        let macs = [
            keys.appPassword.mac(account: "a@b", secret: secret), keys.recoveryCode.mac(account: "a@b", secret: secret),
            keys.guess.mac(account: "a@b", secret: secret), keys.appPassword.mac(account: "a@c", secret: secret),
        ]
        #expect(Set(macs).count == macs.count)
        let alice = try World.name("alice@example.org")
        guard let sealed = keys.seal(secret, account: alice) else { throw TestFailure("not sealed") }
        func opens(_ sealed: [UInt8], _ account: AccountName) -> Bool {
            guard let opened = keys.open(sealed, account: account) else { return false }
            return opened.equals(Secret(Array("secret".utf8)))
        }
        #expect(opens(sealed, alice))
        #expect(!opens(sealed, try World.name("bob@example.org")))
        #expect(!opens(sealed.dropLast(), alice))
        #expect(!opens([], alice))
    }

    // MARK: Several keys

    /// A MAC that is carried to a newer key equals the MAC that the newer key makes.
    @Test func carriedIsAsMade() throws {
        let secret = Secret(Array("secret".utf8))
        let alice = try World.name("alice@example.org")
        func macs(_ keys: Keys) -> [[UInt8]] {
            [keys.appPassword, keys.guess, keys.codeGuess, keys.recoveryCode, keys.imported].map {
                $0.mac(account: "a@b", secret: secret)
            } + [keys.checkValue, Keys.bytes(ofTag: keys.tag(of: secret, account: alice))]
        }
        var generations = [Keys(material: Secret(Array(repeating: 1, count: 32)))]
        for number: UInt8 in 2...5 {
            generations.append(
                Keys(material: Secret(Array(repeating: number, count: 32)), before: generations.last))
        }
        for (index, old) in generations.enumerated() {
            for new in generations[index...] {
                let known = try #require(new.with(checkValue: old.checkValue))
                let carrier = try #require(KeyCarrier(from: known, to: new))
                #expect(macs(old).map(carrier.mac) == macs(new))
                #expect(macs(new.precompute()) == macs(new))
            }
            #expect(generations.last?.with(checkValue: old.checkValue)?.checkValue == old.checkValue)
        }
        #expect(Set(generations.flatMap(macs)).count == generations.count * macs(generations[0]).count)
        #expect(KeyCarrier(from: generations[1], to: generations[0]) == nil)
        #expect(generations[0].with(checkValue: generations[1].checkValue) == nil)
    }

    @Test func keysAreAdded() throws {
        for size in [32, 64, 4096, 5000] {
            let directory = TemporaryDirectory()
            let path = try directory.write(String(repeating: "k", count: size), to: "key", mode: 0o600)
            var checks = [try KeyFile.load(path: path).checkValue]
            for _ in 1...3 {
                try KeyFile.addKey(path: path)
                let keys = try KeyFile.load(path: path)
                for check in checks { #expect(keys.with(checkValue: check) != nil) }
                #expect(!checks.contains(keys.checkValue))
                checks.append(keys.checkValue)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["key"])
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o640)
        }
    }

    /// A key file that is cut off, or in which one byte differs, does not match the database.
    @Test func damagedKeysAreNoticed() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("key")
        try KeyFile.create(path: path, group: nil)
        try KeyFile.addKey(path: path)
        try KeyFile.addKey(path: path)
        let check = try KeyFile.load(path: path).checkValue
        let whole = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        var damaged = (0..<whole.count).map { Array(whole[..<$0]) }
        damaged += whole.indices.map { index in
            var bytes = whole
            bytes[index] ^= 1
            return bytes
        }
        for bytes in damaged {
            let file = try directory.write("", to: "damaged", mode: 0o640)
            try Data(bytes).write(to: URL(filePath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
            let keys = try? KeyFile.load(path: file)
            #expect(keys?.with(checkValue: check) == nil)
        }
    }

    @Test func fullKeyFile() throws {
        let directory = TemporaryDirectory()
        let path = try directory.write(String(repeating: "k", count: 4096), to: "key", mode: 0o640)
        var count = 0
        while (try? KeyFile.addKey(path: path)) != nil { count += 1 }
        #expect(count == (16_384 - 16 - 4098) / 34)
        #expect(problem(path) == "none")
    }
}
