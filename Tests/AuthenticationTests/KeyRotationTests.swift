import Authentication
import Bytes
@testable import Credentials
import Foundation
import TestSupport
import Testing

/// After `postern key rotate` everything means what it meant; whoever still has the keys before gives no wrong answer.
struct KeyRotationTests {
    /// A new key in the file, and the database carried to it, as often as that.
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
            path: world.configuration.database, keys: try KeyFile.load(path: world.configuration.keyFile))
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

    /// A process that opened the database before: what it finds is right, what it does not find is no answer.
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

    /// One old password counts once, whatever is changed meanwhile.
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

    /// A tag still spares the slow hash of an imported app password, and a right one still finds it.
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

    /// An enrolment that was begun is finished.
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

    /// A backup of before a rotation goes on with the key file of after it; the key file of before is not enough for the new database.
    @Test func olderDatabaseAndOlderKeyFile() throws {
        let world = try World()
        let alice = try world.addAccount()
        let phone = try world.addAppPassword(alice)
        let backup = world.directory.file("backup.db")
        try world.store.withCopy { try? FileManager.default.copyItem(atPath: $0, toPath: backup) }
        let old = try #require(FileManager.default.contents(atPath: world.configuration.keyFile))
        _ = try rotate(world, times: 2)
        let keys = try KeyFile.load(path: world.configuration.keyFile)
        let restored = try Store(path: backup, keys: keys)
        func grants(_ store: Store) -> Bool {
            let authenticator = Authenticator(
                store: store, keys: store.keys, configuration: world.configuration, log: world.collector.log(),
                clock: { [clock = world.clock] in clock.now })
            return outcome(authenticator.decide(world.attempt(alice.text, phone.secret))) == "granted"
        }
        #expect(grants(restored))
        try restored.carryToNewestKey(world.change("all"))
        #expect(grants(restored))
        #expect(grants(try Store(path: backup, keys: keys)))
        #expect(throws: StoreError.otherKey) {
            _ = try Store(path: world.configuration.database, keys: Keys(material: Secret(Array(old))))
        }
    }

    /// A seed that is of another key stops all of it.
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
