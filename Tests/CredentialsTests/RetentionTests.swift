import Authentication
import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// What grows with time stays bounded, and what somebody still needs stays.
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
        #expect(try !world.store.pruneHistory(world.configuration.retention, now: world.clock.now, most: 10))
        #expect(try networks(world) == ["192.0.2.2"])
        // When the app password was last used is still known, where from is not.
        let last = try #require(try world.store.lastUses(account: alice)[id])
        #expect(last.at == used && last.way == nil)
        // A network that was forgotten is new again.
        #expect(try !world.store.knows(Network(of: IPAddress("192.0.2.1")), account: alice))
    }

    /// Without a daemon, what is new takes what is old with it.
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

    /// Two years, and never less: the table itself refuses.
    @Test func changesGoAfterTwoYears() throws {
        let world = try World()
        let alice = try world.addAccount()
        let old = world.change(alice.text, at: Timestamp(1_600_000_000))
        for _ in 0..<20 { _ = try world.store.setMustChange(true, account: alice, change: old) }
        let young = world.change(alice.text, at: Timestamp.now().adding(seconds: -700 * day))
        _ = try world.store.setMustChange(true, account: alice, change: young)
        // The account's own entry is the oldest by number here, and stays.
        for _ in 0..<10 {
            _ = try world.store.pruneHistory(world.configuration.retention, now: world.clock.now, most: 5)
        }
        let kept = try world.store.changes()
        // The account was made after both.
        #expect(kept.map(\.at).sorted() == [young.at, world.clock.now].sorted(), "\(kept.map(\.at.iso8601))")
    }

    /// A flood from as many networks as there are guesses, which no throttling stops.
    @Test func floodLeavesASmallStore() throws {
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
        // An hour later they go, and the next flood finds the room they had.
        world.clock.advance(seconds: 3600)
        let window = GuessWindow(length: 3600, memory: 3600, now: world.clock.now)
        while try world.store.pruneGuesses(window, most: 500) > 0 {}
        #expect(try world.store.guessGroups(window).isEmpty)
        #expect(try size() <= full)
    }

    /// However many come, the oldest of their own kind make room: floods of names that are no account, or from networks that
    /// nobody knows, make no office's phone forgotten and free no budget.
    @Test func guessesHaveAMostNumber() throws {
        let world = try World()
        let most = Store.mostGuesses(.noAccount)
        let now = world.clock.now
        let window = GuessWindow(length: 3600, memory: 86_400, now: now)
        func sql(_ text: String) throws -> String {
            let result = try run(["sqlite3", world.configuration.database, text])
            try #require(result.status == 0, "\(result.error)")
            return result.output
        }
        for (rank, count) in [(0, most), (1, 500), (2, 500)] {
            _ = try sql(
                """
                WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < \(count) - 1)
                INSERT INTO guess SELECT 'a' || i, x'cb007101', randomblob(16), 'wrong', 0, 0, 0, 1, \(rank), 'imap',
                    \(now.seconds) - 1 - i % 7, \(now.seconds) - 1, \(now.seconds) - 1 - i % 7, 1, NULL
                FROM n
                """)
        }
        func counts() throws -> String {
            try sql("SELECT group_concat(n) FROM (SELECT count(*) AS n FROM guess GROUP BY rank)")
        }
        // Whatever their MAC ends in, and from as many networks.
        for number in 0..<600 {
            let network = Network(bytes: [198, 51, UInt8(number >> 8), UInt8(number & 255)])
            _ = try world.store.recordGuess(
                World.guess(
                    "", [1, UInt8(number & 1)], network: network, rank: .noAccount, isLooked: true, window: window))
        }
        #expect(try counts() == "\(most),500,500\n")
        #expect(try sql("SELECT count(*) FROM guess WHERE account = ''") == "600\n")
        // Nor does one kind that is full keep the budgets of another from being counted.
        _ = try sql("UPDATE guess_count SET rows = 10000000 WHERE rank IN (0, 2)")
        let network = Network(bytes: [198, 51, 100, 1])
        for number in 0..<10 {
            _ = try world.store.recordGuess(
                World.guess("b", [2, UInt8(number)], network: network, isLooked: true, window: window))
        }
        #expect(try world.store.guesses(account: "b", network: network, window)?.count == 10)
        // One that moves up is counted where it is.
        _ = try world.store.recordGuess(
            World.guess("b", [2, 0], network: network, rank: .knownNetwork, isLooked: false, window: window))
        #expect(try sql("SELECT rows FROM guess_count WHERE rank = 1") == "509\n")
        // And stays there: a removed account's phone is no stranger.
        _ = try world.store.recordGuess(
            World.guess("b", [2, 0], network: network, rank: .noAccount, isLooked: false, window: window))
        #expect(try sql("SELECT rank FROM guess WHERE account = 'b' AND mac = x'0200'") == "2\n")
    }
}
