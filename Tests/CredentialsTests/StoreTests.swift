import Bytes
import Authentication
import Credentials
import Foundation
import TestSupport
import Testing

struct StoreTests {
    private func problem(_ world: World, path: String? = nil, keys: Keys? = nil) -> StoreError? {
        do {
            _ = try Store(.file(path: path ?? world.configuration.database), keys: keys ?? world.keys)
            return nil
        } catch {
            return error
        }
    }

    @Test(.enabled(if: TestServer.shared == nil, "about files")) func refusals() throws {
        let world = try World()
        #expect(problem(world, path: "/nonexistent/x.db") == .missing(path: "/nonexistent/x.db"))
        #expect(problem(world, keys: Keys(material: Secret(Array(repeating: 1, count: 32)))) == .otherKey)
        let text = try world.directory.write(String(repeating: "not a database ", count: 500), to: "text.db")
        guard case .corrupt? = problem(world, path: text) else { throw TestFailure("taken for a database") }
        let foreign = world.directory.file("foreign.db")
        try StoredDatabase(path: foreign).makeForeign()
        #expect(problem(world, path: foreign) == .notPostern(name: foreign))
        try world.stored.claimSchema(99)
        #expect(problem(world) == .newerSchema(found: 99, known: 9))
        try world.stored.claimSchema(-1)
        #expect(problem(world) == .corrupt(message: "invalid schema version -1"))
    }

    /// Many processes create the same database at the same time.
    @Test func tablesAreMadeOnce() async throws {
        let world = try World()
        let (path, keys) = (world.directory.file("fresh.db"), world.keys)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<12 { group.addTask { try Store.create(.file(path: path), keys: keys) } }
            try await group.waitForAll()
        }
        #expect(problem(world, path: path) == nil)
    }

    @Test func everyChangeRaisesTheGenerationAndIsOnRecord() throws {
        let world = try World()
        let alice = try world.addAccount()
        let store = world.store
        var generation = try #require(try store.account(alice)).generation
        var entries = try store.changes().count
        let mac = world.keys.appPassword.mac(account: alice.text, secret: try AppPasswordText.makeGenerated())
        var id = ""
        let steps: [() throws -> Void] = [
            {
                _ = try store.setMainPassword(
                    MainPasswordHash("x", isMapped: true), former: .replaced, account: alice, change: world.change())
            },
            { _ = try store.setMustChange(true, account: alice, change: world.change()) },
            { _ = try store.disable(alice, until: nil, change: world.change()) },
            { _ = try store.enable(alice, change: world.change()) },
            {
                _ = try store.setPolicy(
                    PolicyChange(Policy(appPasswordsRequired: true)), account: alice, change: world.change())
            },
            {
                try store.setPolicy(
                    PolicyChange(Policy(secondFactorRequired: true)), domain: "example.org", change: world.change())
            },
            { _ = try store.setExternalSecondFactor(true, account: alice, change: world.change()) },
            { _ = try store.setMailbox(MailboxOverrides(uid: "7"), account: alice, change: world.change()) },
            { try store.setMailbox(MailboxOverrides(uid: "8"), domain: "example.org", change: world.change()) },
            { _ = try store.setSendsAsAny(true, account: alice, change: world.change()) },
            {
                id = try #require(
                    try store.addAppPassword(NewAppPassword(name: "x"), verifier: .mac(mac), account: alice) { _ in
                        world.change()
                    })
            },
            { _ = try store.changeAppPasswords([id], .revoke, account: alice) { _ in world.change() } },
        ]
        for step in steps {
            try step()
            let now = try #require(try store.account(alice)).generation
            #expect(now > generation)
            generation = now
            #expect(try store.changes().count == entries + 1)
            entries += 1
        }
    }

    @Test func unknownIdsChangeNothing() throws {
        let world = try World()
        let alice = try world.addAccount()
        let mac = world.keys.appPassword.mac(account: alice.text, secret: try AppPasswordText.makeGenerated())
        let id = try #require(
            try world.store.addAppPassword(NewAppPassword(name: "x"), verifier: .mac(mac), account: alice) { _ in
                world.change()
            })
        let entries = try world.store.changes().count
        #expect(
            try world.store.changeAppPasswords([id, "nonesuch"], .revoke, account: alice) { _ in world.change() } == nil
        )
        #expect(try world.store.appPasswords(account: alice).first?.revoked == nil)
        #expect(try world.store.changes().count == entries)
    }

    @Test func allOfNoneChangesNothing() throws {
        let world = try World()
        let alice = try world.addAccount()
        let (entries, generation) = (try world.store.changes().count, try world.store.account(alice)?.generation)
        #expect(try world.store.changeAppPasswords(nil, .revoke, account: alice) { _ in world.change() } == 0)
        #expect(try world.store.changes().count == entries)
        #expect(try world.store.account(alice)?.generation == generation)
    }

    @Test func changeRecordIsAppendOnly() throws {
        let world = try World()
        try world.addAccount()
        for forgery in StoredDatabase.Forgery.allCases {
            #expect(try world.stored.refuses(forgery), "\(forgery)")
        }
    }

    @Test func writersWaitForEachOther() async throws {
        let world = try World()
        let alice = try world.addAccount()
        let (location, keys, change) = (world.configuration.store, world.keys, world.change())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let store = try Store(location, keys: keys)
                    for _ in 0..<25 { _ = try store.setMustChange(number % 2 == 0, account: alice, change: change) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try world.store.changes().count == 201)
    }

    @Test func anAliasHasOwners() throws {
        let world = try World()
        let alice = try world.addAccount()
        let bob = try world.addAccount("bob@example.org")
        let sales = try #require(SenderAddress("sales@example.org"))
        #expect(try world.store.addAlias(sales, account: alice, change: world.change()) == .done)
        #expect(try world.store.addAlias(sales, account: alice, change: world.change()) == .alreadyThere)
        #expect(try world.store.addAlias(sales, account: bob, change: world.change()) == .done)
        #expect(try world.store.addAlias(SenderAddress(bob), account: alice, change: world.change()) == .done)
        #expect(try world.store.owners(ofAlias: sales) == [alice.text, bob.text])
        #expect(try world.store.aliases(account: alice) == [bob.text, sales.text])
        #expect(try world.store.removeAlias(sales, account: bob, change: world.change()) == .done)
        #expect(try world.store.removeAlias(sales, account: bob, change: world.change()) == .notThere)
        #expect(try world.store.owners(ofAlias: sales) == [alice.text])
        // An alias is not a sign-in name: an account of that name can be added.
        try world.addAccount("sales@example.org")
    }

    /// A list of networks that cannot be read never means "from everywhere".
    @Test func brokenNetworkListIsAnOutage() throws {
        let world = try World()
        let alice = try world.addAccount()
        let secret = try world.addAppPassword(alice).secret
        try world.stored.damageNetworks()
        guard case .unavailable = world.authenticator.decide(world.attempt(alice.text, secret)).outcome else {
            throw TestFailure("not unavailable")
        }
    }

    @Test func guessTableDoesNotGrowForEver() throws {
        let world = try World("guess_window = 60s")
        for number in 0..<400 {
            _ = try world.store.recordGuess(
                World.guess(
                    "a\(number)@b", [1], isLooked: true,
                    window: GuessWindow(length: 60, memory: 60, now: world.clock.now)))
            if number == 199 { world.clock.advance(seconds: 61) }
        }
        #expect(try world.stored.countGuesses() == 200)
    }

    /// A damaged page can make a row look absent. If its index still has an entry, the answer is an outage, and neither
    /// a wrong password nor an unknown user.
    @Test(.enabled(if: TestServer.shared == nil, "about files"), arguments: StoredDatabase.Loss.allCases)
    func aTableThatLostWhatItsIndexHas(_ loss: StoredDatabase.Loss) throws {
        let world = try World()
        let account = try world.addAccount()
        let (shown, _) = try world.addAppPassword(account)
        try world.stored.lose(loss)
        let store = try Store(world.configuration.store, keys: world.keys)
        let authenticator = Authenticator(
            store: store, keys: world.keys, configuration: world.configuration, log: world.collector.log())
        guard case .unavailable(.store(.corrupt)) = authenticator.decide(world.attempt(account.text, shown)).outcome
        else { return #expect(Bool(false), "\(world.collector.lines)") }
    }
}
