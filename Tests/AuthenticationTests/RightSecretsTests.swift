import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

@testable import Authentication

/// The daemon's memory of right secrets, driven step by step as the daemon does.
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
        // Everything else is judged each time. A refusal costs one hash, its repeat none.
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

    /// After a backup was restored, the same generation can have another password.
    @Test func generationThatComesAgain() throws {
        let world = try World()
        let alice = try world.addAccount()
        let judge = makeJudge(world)
        let other = try PasswordHash.make(Secret(Array("another".utf8)), memory: 8192, passes: 1)
        let generation = try #require(try world.store.account(alice)).generation
        #expect(isGranted(try decide(judge, world, "main secret")))
        try world.stored.restoreMainPassword(hash: other, generation: generation)
        #expect(!isGranted(try decide(judge, world, "main secret")))
    }

    /// Otherwise the older hash would stay as long as the process runs.
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
        for number in 0..<(RightSecrets.maxPerHalf * 2 + 10) {
            memory.remember(Secret(Array("\(number)".utf8)), .mainPassword(nil), account: account)
        }
        #expect(memory.recall(Secret(Array("0".utf8)), account: account) == nil)
        #expect(memory.recall(Secret(Array("\(RightSecrets.maxPerHalf * 2)".utf8)), account: account) != nil)
    }

    /// From a new network, the right main password takes as long as a wrong one, although the process remembers it.
    @Test func refusedInANewNetworkCostsAHash() throws {
        let world = try World()
        let alice = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: alice, change: world.change())
        let judge = makeJudge(world)
        for number in 1...4 {
            #expect(!isGranted(try decide(judge, world, "main secret", from: "198.51.100.\(number)")))
            #expect(judge.hasher.performed == number)
        }
        // A repeat from the same network is remembered, as a wrong one would be.
        #expect(!isGranted(try decide(judge, world, "main secret", from: "198.51.100.1")))
        #expect(judge.hasher.performed == 4)
    }
}
