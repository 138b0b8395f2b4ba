import Authentication
import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// History is limited, and rows that are still needed are not deleted.
struct RetentionTests {
    private let day: Int64 = 86_400

    private func mark(_ world: World, _ account: AccountName, _ credential: String, from address: String) throws {
        try world.store.mark(
            SignIn(
                account: account, credential: credential, service: .imap, address: IPAddress(address), generation: 1),
            at: world.clock.now, world.configuration.retention)
    }

    private func networks(_ world: World) throws -> [String] {
        var found: [String] = []
        try world.store.eachSignIn(account: nil, since: nil, before: nil) { found.append($0.network.description) }
        return found
    }

    @Test func signInsGoAfterHalfAYear() throws {
        let world = try World()
        let alice = try world.addAccount()
        let id = try world.addAppPassword(alice).id
        try mark(world, alice, id, from: "192.0.2.1")
        let used = world.clock.now
        world.clock.advance(seconds: 100 * day)
        try mark(world, alice, Store.mainCredential, from: "192.0.2.2")
        world.clock.advance(seconds: 81 * day)
        #expect(try networks(world) == ["192.0.2.1", "192.0.2.2"])
        #expect(try !world.store.pruneHistory(world.configuration.retention, now: world.clock.now, limit: 10))
        #expect(try networks(world) == ["192.0.2.2"])
        // The time of the app password's last use is still known, its network is not.
        let last = try #require(try world.store.lastUses(account: alice)[id])
        #expect(last.at == used && last.way == nil)
        // A network that was forgotten is new again.
        #expect(try !world.store.knows(Network(of: IPAddress("192.0.2.1")), account: alice))
    }

    /// Without a daemon, recording new sign-ins deletes old ones.
    @Test func newSignInsTakeOldOnesWithThem() throws {
        let world = try World()
        let alice = try world.addAccount()
        for number in 0..<40 { try mark(world, alice, Store.mainCredential, from: "192.0.2.\(number)") }
        world.clock.advance(seconds: 200 * day)
        for number in 40..<50 { try mark(world, alice, Store.mainCredential, from: "192.0.2.\(number)") }
        #expect(try networks(world).count == 10)
    }

    @Test func oneAccountHasSoManyEntriesAndNoMore() throws {
        let world = try World("sign_ins_most = 10")
        let (alice, bob) = (try world.addAccount(), try world.addAccount("bob@example.org"))
        let id = try world.addAppPassword(alice).id
        try mark(world, bob, Store.mainCredential, from: "198.51.100.1")
        try mark(world, alice, id, from: "192.0.2.200")
        let used = world.clock.now
        for number in 0..<30 {
            world.clock.advance(seconds: 60)
            try mark(world, alice, Store.mainCredential, from: "192.0.2.\(number)")
        }
        #expect(try networks(world) == (20..<30).map { "192.0.2.\($0)" } + ["198.51.100.1"])
        #expect(try world.store.lastUses(account: alice)[id]?.at == used)
        #expect(try world.store.lastUses(account: bob)["main"] != nil)
    }

    @Test func signInsWithinAMinuteCountOnce() throws {
        let world = try World()
        try world.addAccount()
        for _ in 0..<12 {
            let decision = world.authenticator.decide(world.attempt("alice@example.org", "main secret"))
            _ = world.authenticator.performNow(try #require(decision.followUp))
            world.clock.advance(seconds: 30)
        }
        var counts: [Int64] = []
        try world.store.eachSignIn(account: nil, since: nil, before: nil) { counts.append($0.count) }
        #expect(counts == [6])
    }

    /// Changes are kept for two years; the table refuses to delete them earlier.
    @Test func changesGoAfterTwoYears() throws {
        let world = try World()
        let alice = try world.addAccount()
        let old = world.change(alice.text, at: Timestamp(1_600_000_000))
        for _ in 0..<20 { _ = try world.store.setMustChange(true, account: alice, change: old) }
        let young = world.change(alice.text, at: Timestamp.now().adding(seconds: -700 * day))
        _ = try world.store.setMustChange(true, account: alice, change: young)
        // The entry for adding the account has the lowest number, and stays.
        for _ in 0..<10 {
            _ = try world.store.pruneHistory(world.configuration.retention, now: world.clock.now, limit: 5)
        }
        let kept = try world.store.changes()
        // By time, the account was added after both.
        #expect(kept.map(\.at).sorted() == [young.at, world.clock.now].sorted(), "\(kept.map(\.at.iso8601))")
    }

    /// A flood with a new network for each guess, which throttling cannot stop.
    @Test(.enabled(if: TestServer.shared == nil, "about files")) func floodLeavesASmallStore() throws {
        let world = try World()
        let path = world.configuration.database
        for batch in 0..<100 {
            try world.store.durably { () throws(StoreError) in
                for number in 0..<1000 {
                    let mac = world.keys.guess.mac(account: "\(number)", secret: Secret([UInt8(batch)]))
                    let network = Network(bytes: [203, UInt8(batch), UInt8(number >> 8), UInt8(number & 255)])
                    _ = try world.store.recordGuess(
                        World.guess(
                            "somebody\(number)@example.org", Array(mac.prefix(16)), network: network, isLooked: true,
                            window: GuessWindow(length: 3600, memory: 3600, now: world.clock.now)))
                }
            }
        }
        func size() throws -> Int {
            try world.store.emptyLog()
            return try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        }
        let full = try size()
        print("store after 100,000 guesses from 100,000 networks: \(full / 1024) KiB")
        #expect(full < 32 << 20)
        // An hour later they are deleted, and the next flood can reuse their space.
        world.clock.advance(seconds: 3600)
        let window = GuessWindow(length: 3600, memory: 3600, now: world.clock.now)
        while try world.store.pruneGuesses(window, limit: 500) > 0 {}
        #expect(try world.store.guessGroups(window).isEmpty)
        #expect(try size() <= full)
    }

    /// Guesses of each rank are limited, and new ones replace the oldest of their own rank: floods of names without an
    /// account, or from unknown networks, make Postern forget no office's phone and free no budget.
    @Test func guessesAreLimited() throws {
        let world = try World()
        let most = Store.maxGuesses(.noAccount)
        let now = world.clock.now
        let window = GuessWindow(length: 3600, memory: 86_400, now: now)
        try world.stored.addGuesses(.noAccount, count: most, before: now)
        for rank in [GuessRank.newNetwork, .knownNetwork] {
            try world.stored.addGuesses(rank, count: 500, before: now)
        }
        // With various MACs, each from another network.
        for number in 0..<600 {
            let network = Network(bytes: [198, 51, UInt8(number >> 8), UInt8(number & 255)])
            _ = try world.store.recordGuess(
                World.guess(
                    "", [1, UInt8(number & 1)], network: network, rank: .noAccount, isLooked: true, window: window))
        }
        #expect(try world.stored.countGuessesByRank() == [Int(most), 500, 500])
        #expect(try world.stored.countGuesses(account: "") == 600)
        // A full rank does not stop the budgets of another from being counted.
        try world.stored.setTallies([.noAccount, .knownNetwork], to: 10_000_000)
        let network = Network(bytes: [198, 51, 100, 1])
        for number in 0..<10 {
            _ = try world.store.recordGuess(
                World.guess("b", [2, UInt8(number)], network: network, isLooked: true, window: window))
        }
        #expect(try world.store.guesses(account: "b", network: network, window)?.count == 10)
        // A guess that moves to a higher rank is counted there.
        _ = try world.store.recordGuess(
            World.guess("b", [2, 0], network: network, rank: .knownNetwork, isLooked: false, window: window))
        #expect(try world.stored.talliedGuesses(.newNetwork) == 509)
        // It stays there: the phone of a removed account is no stranger.
        _ = try world.store.recordGuess(
            World.guess("b", [2, 0], network: network, rank: .noAccount, isLooked: false, window: window))
        #expect(try world.stored.rank(ofGuess: [2, 0], account: "b") == .knownNetwork)
    }
}
