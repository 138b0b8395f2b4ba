import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

@testable import Authentication

/// What a daemon remembers, driven step by step as it does.
struct RightSecretsTests {
    private func decide(
        _ judge: Judge, _ world: World, _ secret: String, service: String = "imap", from address: String = "192.0.2.7"
    )
        throws -> Outcome
    {
        try world.finish(
            judge.begin(world.attempt("alice@example.org", secret, service: service, from: address)))
    }

    private func isGranted(_ outcome: Outcome) -> Bool { if case .granted = outcome { true } else { false } }

    private func makeJudge(_ world: World) -> Judge {
        Judge(
            keys: world.keys, configuration: world.configuration, rightSecrets: RightSecrets(),
            lookedSecrets: LookedSecrets(),
            clock: { [clock = world.clock] in clock.now })
    }

    @Test func oneHashForManySignIns() throws {
        let world = try World()
        let alice = try world.addAccount()
        let judge = makeJudge(world)
        for _ in 0..<5 { #expect(isGranted(try decide(judge, world, "main secret"))) }
        #expect(judge.hasher.performed == 1)
        // Everything else is judged afresh, refusals too, and without a hash.
        _ = try world.store.disable(alice, until: world.clock.now.adding(seconds: 60), change: world.change())
        #expect(!isGranted(try decide(judge, world, "main secret")))
        #expect(judge.hasher.performed == 2)
        #expect(!isGranted(try decide(judge, world, "main secret")))
        world.clock.advance(seconds: 61)
        #expect(isGranted(try decide(judge, world, "main secret")))
        #expect(judge.hasher.performed == 2)
        // A wrong one is not remembered as right.
        #expect(!isGranted(try decide(judge, world, "wrong")))
        #expect(judge.hasher.performed == 3)
    }

    @Test func changesEndIt() throws {
        let world = try World()
        let alice = try world.addAccount()
        let judge = makeJudge(world)
        #expect(isGranted(try decide(judge, world, "main secret")))
        _ = try world.store.setExternalSecondFactor(true, account: alice, change: world.change())
        #expect(!isGranted(try decide(judge, world, "main secret")))
        _ = try world.store.setExternalSecondFactor(false, account: alice, change: world.change())
        #expect(isGranted(try decide(judge, world, "main secret")))
        _ = try world.store.setMainPassword(
            MainPasswordHash(
                try PasswordHash.make(Secret(Array("another".utf8)), memory: 8192, passes: 1), isMapped: false),
            former: .replaced, account: alice,
            change: world.change())
        #expect(!isGranted(try decide(judge, world, "main secret")))
        #expect(isGranted(try decide(judge, world, "another")))
    }

    /// After a restored backup a generation comes a second time, with another password.
    @Test func generationThatComesAgain() throws {
        let world = try World()
        let alice = try world.addAccount()
        let judge = makeJudge(world)
        let other = try PasswordHash.make(Secret(Array("another".utf8)), memory: 8192, passes: 1)
        let generation = try #require(try world.store.account(alice)).generation
        #expect(isGranted(try decide(judge, world, "main secret")))
        try run([
            "sqlite3", world.configuration.database,
            "UPDATE account SET main_hash = '\(other)', generation = \(generation)",
        ])
        #expect(!isGranted(try decide(judge, world, "main secret")))
    }

    /// Else the older hash would stay for as long as the process runs.
    @Test func hashDueForAnUpgradeIsNotRemembered() throws {
        let world = try World(passes: 2)
        try world.addAccount()
        let judge = makeJudge(world)
        for count in 1...3 {
            guard case .granted = try decide(judge, world, "main secret") else { throw TestFailure("not granted") }
            #expect(judge.hasher.performed == count)
        }
    }

    @Test func isBounded() throws {
        let world = try World()
        let alice = try world.addAccount()
        let account = try #require(try world.store.account(alice))
        let memory = RightSecrets()
        for number in 0..<(RightSecrets.mostPerHalf * 2 + 10) {
            memory.remember(Secret(Array("\(number)".utf8)), .mainPassword(nil), account: account)
        }
        #expect(memory.recall(Secret(Array("0".utf8)), account: account) == nil)
        #expect(memory.recall(Secret(Array("\(RightSecrets.mostPerHalf * 2)".utf8)), account: account) != nil)
    }

    /// Somewhere else the right main password takes as long as a wrong one, although the process knows it already.
    @Test func refusedInANewNetworkCostsAHash() throws {
        let world = try World()
        let alice = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: alice, change: world.change())
        let judge = makeJudge(world)
        for number in 1...4 {
            #expect(!isGranted(try decide(judge, world, "main secret", from: "198.51.100.\(number)")))
            #expect(judge.hasher.performed == number)
        }
        // The same again is remembered there, as a wrong one would be.
        #expect(!isGranted(try decide(judge, world, "main secret", from: "198.51.100.1")))
        #expect(judge.hasher.performed == 4)
    }
}
