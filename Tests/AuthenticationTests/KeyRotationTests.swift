import Authentication
import Bytes
@testable import Credentials
import Foundation
import TestSupport
import Testing

/// After `postern key rotate` all decisions stay the same, and processes with the previous keys give no wrong answer.
struct KeyRotationTests {
    /// Adds a key to the file and carries the database to it, `times` times.
    private func rotate(_ world: World, times: Int = 1) throws -> (store: Store, authenticator: Authenticator) {
        for _ in 0..<times {
            try KeyFile.addKey(path: world.configuration.keyFile)
            try open(world).carryToNewestKey(world.change("all"))
        }
        let store = try open(world)
        return (
            store,
            Authenticator(
                store: store, keys: store.keys, configuration: world.configuration, log: world.collector.log(),
                lookedSecrets: world.lookedSecrets, clock: { [clock = world.clock] in clock.now })
        )
    }

    private func open(_ world: World) throws -> Store {
        try Store(
            world.configuration.store, keys: try KeyFile.load(path: world.configuration.keyFile))
    }

    private func outcome(_ decision: Decision) -> String {
        switch decision.outcome {
        case .granted(let grant): grant.enrolmentPending ? "enrol" : "granted"
        case .denied(let denial): "denied \(denial.reason.rawValue)"
        case .unavailable: "unavailable"
        }
    }

    @Test(arguments: DecisionRow.all)
    func decisionsStay(_ row: DecisionRow) throws {
        let world = try World()
        let attempt = try world.attempt(row)
        let rotated = try rotate(world, times: row.id % 3 + 1)
        let expected = row.outcome == "denied" ? "denied \(row.reason)" : row.outcome
        #expect(outcome(rotated.authenticator.decide(attempt)) == expected)
    }

    /// A process that opened the database before the rotation: what it finds is right; what it does not find is an
    /// outage.
    @Test(arguments: DecisionRow.all)
    func processesFromBeforeDenyNoRightSecret(_ row: DecisionRow) throws {
        let world = try World()
        let attempt = try world.attempt(row)
        _ = try rotate(world)
        let found = outcome(world.authenticator.decide(attempt))
        if row.outcome != "denied" { #expect(found == row.outcome || found == "unavailable") }
        for reason in ["mismatch", "unknown-user", "malformed-name", "second-factor-mismatch"] {
            #expect(found != "denied \(reason)")
        }
    }

    @Test func processesFromBeforeWriteNothing() throws {
        let world = try World()
        let alice = try world.addAccount()
        _ = try rotate(world)
        #expect(throws: StoreError.otherKey) { try world.addAppPassword(alice) }
        #expect(throws: StoreError.otherKey) { _ = try world.store.disable(alice, until: nil, change: world.change()) }
    }

    /// One old password is counted once, however often the key is rotated.
    @Test func guessesStayRemembered() throws {
        let world = try World()
        let alice = try world.addAccount()
        let attempt = world.attempt(alice.text, "an old password")
        #expect(outcome(world.authenticator.decide(attempt)) == "denied mismatch")
        for times in 1...3 {
            let before = world.collector.lines.count
            let rotated = try rotate(world)
            let decision = rotated.authenticator.decide(attempt)
            guard case .denied(let denial) = decision.outcome, case .repeated = denial.guess else {
                Issue.record("\(times): \(decision.outcome)")
                return
            }
            #expect(world.collector.lines.count == before + 1)
            #expect(!world.collector.lines[before].contains("Password mismatch"))
        }
    }

    /// Tags still find compact app passwords, and still spare the slow hash for other secrets.
    @Test func tagsStay() throws {
        let world = try World()
        let alice = try world.addAccount()
        let secret = try AppPasswordText.makeCompact()
        let hash = try PasswordHash.make(secret, memory: 8192, passes: 1)
        for name in ["Phone", "Tablet", "Laptop"] {
            _ = try world.store.addAppPassword(
                NewAppPassword(name: name),
                verifier: .compact(hash: hash, tag: world.keys.tag(of: secret, account: alice)), account: alice,
                change: { _ in world.change() })
        }
        let rotated = try rotate(world, times: 2)
        let tag = rotated.store.keys.tag(of: secret, account: alice)
        #expect(try rotated.store.slowAppPasswords(account: alice, compactTag: tag, rawTag: -1).count == 3)
        #expect(
            try rotated.store.slowAppPasswords(account: alice, compactTag: tag ^ 1, rawTag: -1).isEmpty)
    }

    /// An enrolment begun before a rotation can be confirmed after it.
    @Test func pendingEnrolmentStays() throws {
        let world = try World()
        let alice = try world.addAccount()
        let seed = Secret(Array("12345678901234567890".utf8))
        #expect(try world.store.beginEnrolment(account: alice, seed: seed, keys: world.keys, change: world.change()))
        let rotated = try rotate(world)
        let code = Secret(Array(TOTP.code(seed: seed, counter: TOTP.step(at: world.clock.now)).utf8))
        #expect(
            try rotated.store.confirmEnrolment(
                account: alice, code: code, recoveryCodes: [], keys: rotated.store.keys, change: world.change())
                == .done)
    }

    /// A backup from before a rotation works with the key file from after it; the key file from before does not open
    /// the new database.
    @Test(.enabled(if: TestServer.shared == nil, "about files")) func olderDatabaseAndOlderKeyFile() throws {
        let world = try World()
        let alice = try world.addAccount()
        let phone = try world.addAppPassword(alice)
        let backup = world.directory.file("backup.db")
        try world.store.withCopy { try? FileManager.default.copyItem(atPath: $0, toPath: backup) }
        let old = try #require(FileManager.default.contents(atPath: world.configuration.keyFile))
        _ = try rotate(world, times: 2)
        let keys = try KeyFile.load(path: world.configuration.keyFile)
        let restored = try Store(.file(path: backup), keys: keys)
        func grants(_ store: Store) -> Bool {
            let authenticator = Authenticator(
                store: store, keys: store.keys, configuration: world.configuration, log: world.collector.log(),
                clock: { [clock = world.clock] in clock.now })
            return outcome(authenticator.decide(world.attempt(alice.text, phone.secret))) == "granted"
        }
        #expect(grants(restored))
        try restored.carryToNewestKey(world.change("all"))
        #expect(grants(restored))
        #expect(grants(try Store(.file(path: backup), keys: keys)))
        #expect(throws: StoreError.otherKey) {
            _ = try Store(world.configuration.store, keys: Keys(material: Secret(Array(old))))
        }
    }

    /// A seed that was sealed with another key stops the rotation, and nothing is changed.
    @Test func nothingHalfDone() throws {
        let world = try World()
        let alice = try world.addAccount()
        let phone = try world.addAppPassword(alice)
        let seed = Secret(Array("12345678901234567890".utf8))
        let other = Keys(material: Secret(Array(repeating: 9, count: 32)))
        _ = try world.store.enrolTOTP(account: alice, seed: seed, keys: other, change: world.change())
        #expect(throws: StoreError.self) { try rotate(world) }
        let store = try open(world)
        let authenticator = Authenticator(
            store: store, keys: store.keys, configuration: world.configuration, log: world.collector.log(),
            clock: { [clock = world.clock] in clock.now })
        #expect(outcome(authenticator.decide(world.attempt(alice.text, phone.secret))) == "granted")
    }
}
