import Bytes
import Credentials
import Crypto
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

    /// The derivation is HKDF (RFC 5869), as swift-crypto has it.
    @Test func derivationIsHKDF() throws {
        let material = Array("0123456789abcdef0123456789abcdef".utf8)
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: material), info: Array("postern guess".utf8), outputByteCount: 32)
        let expected = HMAC<SHA256>.authenticationCode(for: Array("a@b\0secret".utf8), using: key)
        let found = Keys(material: Secret(material)).guess.mac(account: "a@b", secret: Secret(Array("secret".utf8)))
        #expect(found == Array(expected))
    }

    /// One use of the key must not serve for another, nor one account's value for another account.
    @Test func usesAreKeptApart() throws {
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
}
