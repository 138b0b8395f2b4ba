import Authentication
import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// The memory of wrong secrets, and the cost of an office's forgotten devices.
struct GuessMemoryTests {
    static let office = "192.0.2.7"

    /// The beginning of the attempt's log line.
    private func line(_ world: World, _ attempt: Attempt) throws -> String {
        _ = world.authenticator.decide(attempt)
        let message = try #require(world.collector.lines.last.flatMap(LogLine.message))
        return String(message.prefix { $0 != "(" }).trimmingCharacters(in: .whitespaces)
    }

    private func attempt(_ world: World, _ secret: String, service: String = "imap", from address: String = office)
        -> Attempt
    {
        world.attempt("alice@example.org", secret, service: service, from: address)
    }

    private func signIn(_ world: World, _ account: AccountName, from address: String = office) throws {
        let signIn = SignIn(
            account: account, credential: Store.mainCredential, service: .imap, address: IPAddress(address),
            generation: 1)
        try world.store.mark(signIn, at: world.clock.now, world.configuration.retention)
    }

    static let mismatch = "Password mismatch"
    static let again = "Same wrong password again"
    static let first = "Wrong password from a known network"

    /// An old password is counted once, whatever is changed meanwhile, and is hashed again only if it could be right
    /// now.
    @Test(arguments: ["192.0.2.7", "198.51.100.9"])
    func oneOldPassword(_ address: String) throws {
        let world = try World()
        let account = try world.addAccount()
        try signIn(world, account)
        let attempt = { self.attempt(world, "old password", from: address) }
        #expect(try line(world, attempt()) == (address == Self.office ? Self.first : Self.mismatch))
        for work in AccountWork.all {
            let before = world.authenticator.judge.hasher.performed
            world.clock.advance(seconds: 60)
            try work.perform(world, account, world.change(account.text))
            for _ in 0..<2 {
                #expect(try line(world, attempt()) == Self.again, "\(work)")
                world.clock.advance(seconds: 60)
            }
            let hashes = world.authenticator.judge.hasher.performed - before
            #expect(work.renewsLook == (hashes > 0), "\(work): \(hashes)")
        }
    }

    /// A change that makes a wrong secret right applies at once.
    @Test func aLookFindsItRight() throws {
        let world = try World()
        let account = try world.addAccount()
        #expect(try line(world, attempt(world, "imported")) == Self.mismatch)
        let hash = try PasswordHash.make(Secret(Array("imported".utf8)), memory: 8192, passes: 1)
        _ = try world.store.addAppPassword(
            NewAppPassword(name: "x"), verifier: .imported(hash: hash), account: account
        ) { _ in world.change() }
        #expect(try line(world, attempt(world, "imported")).hasPrefix("Signed in with app password"))
    }

    /// After the memory limit was raised, a secret is hashed again: a hash may be verifiable now.
    @Test func raisedMemoryLimit() throws {
        let world = try World("hash_memory_limit = 16384")
        try world.addAccount()
        #expect(try line(world, attempt(world, "x")) == Self.mismatch)
        #expect(try line(world, attempt(world, "x")) == Self.again)
        for (limit, hashes) in [(16_384, 0), (32_768, 1), (16_384, 0)] {
            let text = """
                database = \(world.configuration.database)
                key_file = \(world.configuration.keyFile)
                hash_memory = 8192
                hash_passes = 1
                hash_memory_limit = \(limit)
                """
            let configuration = try ConfigurationFile.parse(Array(text.utf8), name: "test")
            let authenticator = Authenticator(
                store: world.store, keys: world.keys, configuration: configuration, log: world.collector.log(),
                lookedSecrets: world.lookedSecrets, clock: { [clock = world.clock] in clock.now })
            _ = authenticator.decide(attempt(world, "x"))
            #expect(authenticator.judge.hasher.performed == hashes, "\(limit)")
            #expect(world.collector.lines.last.flatMap(LogLine.message)?.hasPrefix(Self.again) == true)
        }
    }

    /// A known secret that is hashed again spends budget like a new one: a change does not permit to try all of them at
    /// once.
    @Test func looksSpendBudgets() throws {
        let world = try World()
        let account = try world.addAccount()
        for number in 0..<30 {
            #expect(try line(world, attempt(world, "\(number)", from: "203.0.113.9")) == Self.mismatch)
            world.clock.advance(seconds: 3601)
        }
        _ = try world.store.setMainPassword(
            World.mainPassword("another"), former: .replaced, account: account, change: world.change())
        let before = world.authenticator.judge.hasher.performed
        for number in 0..<30 { _ = try line(world, attempt(world, "\(number)", from: "203.0.113.9")) }
        #expect(world.authenticator.judge.hasher.performed - before == 10)
        #expect(world.collector.lines.filter { $0.contains("Throttled") }.count == 20)
    }

    /// A secret that is wrong, then right but refused, then wrong again was counted before.
    @Test func countedOnce() throws {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        #expect(try line(world, attempt(world, "P")) == Self.mismatch)
        for (password, expected) in [
            ("P", "Main password refused: second factor is on, an app password is needed"), ("Q", Self.again),
        ] {
            _ = try world.store.setMainPassword(
                World.mainPassword(password), former: .replaced, account: account, change: world.change())
            #expect(try line(world, attempt(world, "P")) == expected)
        }
    }

    /// Repeats without a hash spend budget once: the same code, the same malformed name.
    @Test func repeatsSpendNothing() throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        _ = try world.store.enrolTOTP(account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        let start = world.clock.now
        for _ in 0..<5 {
            _ = world.authenticator.decide(
                world.attempt(account.text, "main secret", service: "web", from: Self.office, code: "000000"))
            _ = world.authenticator.decide(world.attempt("a b", "x", from: "203.0.113.9"))
            world.clock.advance(seconds: 5)
        }
        let window = GuessWindow(length: 3600, memory: 7200, now: world.clock.now)
        #expect(try world.store.codeGuesses(account: account.text, window)?.last == start)
        let malformed = try world.store.guesses(account: "", network: Network(of: IPAddress("203.0.113.9")), window)
        #expect(malformed?.count == 1 && malformed?.last == start)
    }

    // MARK: The first wrong secret from a known network

    @Test func firstFromAKnownNetwork() throws {
        let world = try World()
        let account = try world.addAccount()
        try signIn(world, account)
        #expect(try line(world, attempt(world, "one")) == Self.first)
        #expect(try line(world, attempt(world, "one")) == Self.again)
        // A second, different one is a guess; so is any from another network, on the web, or for a name without an
        // account.
        #expect(try line(world, attempt(world, "two")) == Self.mismatch)
        #expect(try line(world, attempt(world, "one", from: "198.51.100.9")) == Self.mismatch)
        #expect(try line(world, world.attempt("nobody@example.org", "one")) == "unknown user")
        let bob = try world.addAccount("bob@example.org")
        try signIn(world, bob)
        #expect(try line(world, world.attempt("bob@example.org", "one", service: "web")) == Self.mismatch)
        // After all of them are forgotten, the next one is a first again.
        world.clock.advance(seconds: 2_592_000)
        try signIn(world, account)
        #expect(try line(world, attempt(world, "three")) == Self.first)
    }

    /// The first one spends budget, too: ten in all, as in any network.
    @Test func firstSpendsBudget() throws {
        let world = try World()
        let account = try world.addAccount()
        try signIn(world, account)
        let lines = try (0..<12).map { try line(world, attempt(world, "\($0)")) }
        #expect(
            lines == [Self.first] + Array(repeating: Self.mismatch, count: 9)
                + Array(repeating: "Throttled: too many wrong passwords for this account from this network", count: 2))
    }

    @Test func neverInTrustedNetworks() throws {
        let world = try World("trusted_networks = 192.0.2.0/24")
        let account = try world.addAccount()
        try signIn(world, account)
        #expect(try line(world, attempt(world, "one")) == Self.mismatch)
    }

    /// One password is tried with all accounts of an office, from inside it.
    @Test func sprayedOverAnOffice() throws {
        let world = try World()
        for number in 0..<14 { try signIn(world, try world.addAccount("user\(number)@example.org")) }
        let lines = try (0..<14).map { try line(world, world.attempt("user\($0)@example.org", "Summer2026")) }
        #expect(lines == Array(repeating: Self.first, count: 10) + Array(repeating: Self.mismatch, count: 4))
        // An hour later, a device may have a first one again.
        world.clock.advance(seconds: 3600)
        try signIn(world, try world.addAccount("late@example.org"))
        #expect(try line(world, world.attempt("late@example.org", "x")) == Self.first)
    }

    /// A main password is refused; its network becomes known only after that, and the password is changed.
    @Test func refusedThenKnownThenChanged() throws {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        #expect(try line(world, attempt(world, "main secret")).hasPrefix("Main password refused"))
        try signIn(world, account)
        _ = try world.store.setMainPassword(
            World.mainPassword("another"), former: .replaced, account: account, change: world.change())
        #expect(try line(world, attempt(world, "main secret")) == Self.first)
        #expect(try line(world, attempt(world, "main secret")) == Self.again)
    }

    /// A phone's main password is refused, and then no longer right.
    @Test func refusedThenChanged() throws {
        let world = try World()
        let account = try world.addAccount()
        try signIn(world, account)
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        #expect(try line(world, attempt(world, "main secret")).hasPrefix("Main password refused"))
        #expect(try line(world, attempt(world, "main secret", from: "198.51.100.9")).hasPrefix("Main password refused"))
        _ = try world.store.setMainPassword(
            World.mainPassword("another"), former: .replaced, account: account, change: world.change())
        #expect(try line(world, attempt(world, "main secret")) == Self.first)
        #expect(try line(world, attempt(world, "main secret")) == Self.again)
        #expect(try line(world, attempt(world, "main secret", from: "198.51.100.9")) == Self.mismatch)
        #expect(try line(world, attempt(world, "main secret", from: "198.51.100.9")) == Self.again)
    }
}
