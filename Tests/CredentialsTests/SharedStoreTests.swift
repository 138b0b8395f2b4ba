import Authentication
import Credentials
import TestSupport
import Testing

/// What a store on a database server does differently from one in a file.
@Suite(.enabled(if: TestServer.shared != nil))
struct SharedStoreTests {
    private static let network = Network(of: IPAddress("192.0.2.7"))

    private func question(
        _ world: World, mac: UInt8, account: String = "alice@example.org", from address: String = "192.0.2.7",
        allowed: Budgets, counted: Budgets = Budgets(pair: 0, network: 0, account: 0)
    ) -> PlaceQuestion {
        let window = GuessWindow(length: 3600, memory: 86_400, now: world.clock.now)
        return PlaceQuestion(
            place: Place(account: account, network: Network(of: IPAddress(address)), mac: [mac]), allowed: allowed,
            counted: counted, window: window, accountLimit: 3)
    }

    /// Each budget has as many places as it allows, over all calls and sessions.
    @Test func places() throws {
        let world = try World()
        let other = try Store(world.configuration.store, keys: world.keys)
        let two = Budgets(pair: 2)
        let first = question(world, mac: 1, allowed: two)
        #expect(try world.store.enter([first, question(world, mac: 2, allowed: two)]) == [true, true])
        #expect(try other.enter([question(world, mac: 3, allowed: two)]) == [false])
        try world.store.leave([first.place])
        #expect(try other.enter([question(world, mac: 2, allowed: two)]) == [false], "the same secret")
        #expect(try other.enter([question(world, mac: 3, allowed: two)]) == [true])
        try other.leave([1, 2, 3].map { question(world, mac: $0, allowed: two).place })

        for (allowed, last) in [
            (
                Budgets(pair: 9, network: 1),
                question(world, mac: 9, account: "bob", allowed: Budgets(pair: 9, network: 1))
            ),
            (
                Budgets(pair: 9, account: 1),
                question(world, mac: 9, from: "198.51.100.7", allowed: Budgets(pair: 9, account: 1))
            ),
        ] {
            let place = question(world, mac: 8, allowed: allowed)
            #expect(try world.store.enter([place]) == [true])
            #expect(try other.enter([last]) == [false])
            try world.store.leave([place.place])
            #expect(try other.enter([last]) == [true])
            try world.store.leave([last.place])
        }
    }

    /// A guess that was counted since the budgets were read has to be taken into account first.
    @Test func placesAfterAGuess() throws {
        let world = try World()
        let allowed = Budgets(pair: 5, network: 5, account: 5)
        let asked = question(world, mac: 1, allowed: allowed)
        _ = try world.store.count([
            NewGuess(
                kind: .wrong, account: "alice@example.org", network: Self.network, mac: [7],
                look: GuessLook(secretsGeneration: 1, memoryLimit: 1, isMapped: false), rank: .newNetwork,
                service: "imap",
                isLooked: false, window: asked.window)
        ])
        #expect(try world.store.enter([asked]) == [false])
        let counted = Budgets(pair: 1, network: 1, account: 1)
        #expect(try world.store.enter([question(world, mac: 1, allowed: allowed, counted: counted)]) == [true])
    }

    /// Sign-ins that are recorded together leave what those leave that are recorded one by one.
    @Test func marks() throws {
        let retention = Retention(history: 1_000_000, maxEntries: 3, formers: 1)
        func history(_ mark: (Store, [(SignIn, Timestamp)]) throws -> Void) throws -> [String] {
            let world = try World()
            let start = world.clock.now
            let account = try world.addAccount()
            let stranger = try World.name("nobody@example.org")
            func signIn(_ account: AccountName, _ last: Int, _ service: Service, _ generation: Int64 = 1) -> SignIn {
                SignIn(
                    account: account, credential: "main", service: service, address: IPAddress("192.0.2.\(last)"),
                    generation: generation)
            }
            let rounds: [[(SignIn, Int64)]] = [
                [(signIn(account, 1, .imap), 0), (signIn(account, 1, .smtp), 1), (signIn(stranger, 1, .imap), 2)],
                [(signIn(account, 1, .imap), 30), (signIn(account, 1, .smtp, 2), 31), (signIn(account, 2, .imap), 32)],
                [(signIn(account, 1, .imap), 90), (signIn(account, 3, .imap), 91), (signIn(account, 4, .pop3), 92)],
                [(signIn(account, 4, .pop3), 93)],
            ]
            for round in rounds { try mark(world.store, round.map { ($0, start.adding(seconds: $1)) }) }
            let signIns = try world.store.signIns(of: account, since: start).map {
                "\($0.service) \($0.network.bytes) \($0.first.seconds - start.seconds) \($0.last.seconds - start.seconds) \($0.count)"
            }
            let grants = try world.store.smtpGrants(account: account, address: IPAddress("192.0.2.1")).map {
                "\($0.credential) \($0.generation) \($0.at.seconds - start.seconds)"
            }
            return signIns + grants
        }
        let together = try history { try $0.mark($1, retention) }
        let apart = try history { store, signIns in
            for (signIn, at) in signIns where try store.needsMark(signIn, now: at) {
                try store.mark(signIn, at: at, retention)
            }
        }
        #expect(together == apart && together.count == 4, "\(together) \(apart)")
    }

    /// What is copied to a file and back is the same.
    @Test func copies() throws {
        let world = try World()
        _ = try world.addAppPassword(try world.addAccount())
        let file = StoreLocation.file(path: world.directory.file("copy.db"))
        try Store.create(file, keys: world.keys)
        let copy = try Store(file, keys: world.keys)
        let count = try world.store.copy(to: copy)
        #expect(try world.store.copy(to: copy) == nil)
        let back = try World()
        // Only a file has a version of its credentials.
        #expect(try copy.copy(to: back.store) == count.map { $0 + 1 })
        func export(_ store: Store) throws -> Int {
            var records = 0
            try store.eachRecord(world.keys) { _ in records += 1 }
            return records
        }
        #expect(
            try export(world.store) == (try export(copy))
                && (try copy.countRecords()) == (try world.store.countRecords()))
    }
}
