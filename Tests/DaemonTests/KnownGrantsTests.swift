import Bytes
import TestSupport
import Testing

@testable import Authentication
@testable import Credentials
@testable import Daemon

/// When an app password may be granted without asking the store.
struct KnownGrantsTests {
    /// A class, because the macros of the test library need copyable values.
    private final class Memory {
        var grants = KnownGrants(limit: 4 << 20)

        var watch = VersionWatch()

        func look(at store: Store?, opening: Int) {
            grants.look(store.flatMap { watch.version(of: $0, opening: opening) })
        }
        func find(_ verifier: AppPasswordVerifier, _ service: Service, now: Timestamp) -> KnownGrants.Known? {
            grants.find(verifier).flatMap { grants.grant($0, service, now: now) }
        }
        /// The sign-in to record; nil if the same one was recorded just before.
        func signIn(_ known: KnownGrants.Known, _ address: UInt32?, now: Timestamp) -> (signIn: SignIn, isSpaced: Bool)?
        {
            let way = GrantTable.Way(address: address, service: .smtp)
            guard grants.isNews(known, way, now: now) else { return nil }
            return grants.signIn(known, AccountName(stored: "alice@example.org"), way, now: now)
        }
    }

    /// Adds the app password as the daemon does.
    private func learn(_ world: World, _ known: Memory, _ secret: String) throws {
        known.look(at: world.store, opening: 1)
        let verifier = try verifier(world, secret)
        let (account, appPassword) = try #require(
            try world.store.accountAndAppPassword(verifier, of: try World.name("alice@example.org")))
        let text = Array("\(appPassword.id) (Phone)".utf8)
        _ = known.grants.add(
            verifier, account, appPassword,
            GrantTable.Texts(
                appPassword: text, idLength: appPassword.id.utf8.count, mailbox: Array(" mailbox".utf8)))
    }

    private func verifier(_ world: World, _ secret: String) throws -> AppPasswordVerifier {
        try world.verifier(secret.uppercased(), of: " Alice@Example.ORG")
    }

    /// An account with an app password, and an empty cache.
    private func stage() throws -> (
        world: World, account: AccountState, appPassword: AppPassword, secret: String, known: Memory
    ) {
        let world = try World()
        let account = try #require(try world.store.account(try world.addAccount()))
        let (secret, id) = try world.addAppPassword(account.name)
        let appPassword = try #require(try world.store.appPassword(id: id, account: account.name))
        let known = Memory()
        known.look(at: world.store, opening: 1)
        return (world, account, appPassword, secret, known)
    }

    private func isKnown(_ world: World, _ known: Memory, _ secret: String, _ service: Service = .imap) throws
        -> Bool
    {
        known.look(at: world.store, opening: 1)
        return known.find(try verifier(world, secret), service, now: world.clock.now) != nil
    }

    @Test func whatIsRemembered() throws {
        let world = try World()
        let account = try world.addAccount()
        let (secret, id) = try world.addAppPassword(account)
        let known = Memory()
        #expect(try !isKnown(world, known, secret))
        try learn(world, known, secret)
        #expect(try isKnown(world, known, secret) && isKnown(world, known, secret))
        let found = try #require(known.find(try verifier(world, secret), .smtp, now: world.clock.now))
        var written: [UInt8] = []
        #expect(known.grants.appendMailbox(found, to: &written))
        known.grants.appendAppPassword(found, to: &written)
        #expect(String(decoding: written, as: UTF8.self) == " mailbox\(id) (Phone)")
        // A sign-in that repeats the last way is recorded once in 15 seconds.
        let address = UInt32(0xc000_0207)
        let signIn = try #require(known.signIn(found, address, now: world.clock.now)).signIn
        #expect(signIn.account == account && signIn.credential == id && signIn.service == .smtp)
        #expect(signIn.address == IPAddress("192.0.2.7"))
        func again(_ address: UInt32?, after seconds: Int64 = 0) throws -> Bool {
            let now = world.clock.now.adding(seconds: seconds)
            let found = try #require(known.find(try verifier(world, secret), .smtp, now: now))
            return known.signIn(found, address, now: now) != nil
        }
        #expect(try !again(address) && again(nil) && again(address))
        #expect(try !again(address, after: 14) && again(address, after: 15) && again(address, after: -60))
        // An app password that is used from many addresses takes no room from others, but each of its ways is recorded.
        let handedOn = try (UInt32(0)..<300).map { address in
            let now = world.clock.now.adding(seconds: 60)
            let found = try #require(known.find(try verifier(world, secret), .smtp, now: now))
            return try #require(known.signIn(found, address, now: now)).isSpaced
        }
        #expect(handedOn.prefix(16).allSatisfy { $0 } && !handedOn.dropFirst(16).contains(true))
        #expect(try again(0, after: 75))
    }

    /// An entry whose texts are too long cannot be granted from the cache.
    @Test func longTexts() throws {
        let (world, account, appPassword, secret, known) = try stage()
        let verifier = try verifier(world, secret)
        let id = appPassword.id
        let texts = GrantTable.Texts(
            appPassword: Array(id.utf8), idLength: id.utf8.count, mailbox: Array(repeating: 1, count: 4096))
        let index = known.grants.add(verifier, account, appPassword, texts)
        #expect(known.grants.find(verifier) == index)
        #expect(known.grants.grant(index, .imap, now: world.clock.now) == nil)
    }

    @Test func judgedEachTime() throws {
        let world = try World()
        let account = try world.addAccount()
        let new = NewAppPassword(
            name: "Phone", scope: Scope([.imap]), expires: world.clock.now.adding(seconds: 60))
        let (secret, _) = try world.addAppPassword(account, new)
        let known = Memory()
        try learn(world, known, secret)
        #expect(try isKnown(world, known, secret) && !isKnown(world, known, secret, .smtp))
        #expect(try !isKnown(world, known, secret, .web))
        world.clock.advance(seconds: 59)
        #expect(try isKnown(world, known, secret))
        world.clock.advance(seconds: 1)
        #expect(try !isKnown(world, known, secret))
    }

    /// If more than service and time must be checked, the store is asked.
    @Test func whatIsNot() throws {
        let world = try World()
        let account = try world.addAccount()
        let block = try #require(CIDR("192.0.2.0/24"))
        let (secret, _) = try world.addAppPassword(account, NewAppPassword(name: "Phone", networks: [block]))
        let known = Memory()
        try learn(world, known, secret)
        #expect(try !isKnown(world, known, secret))
        let (other, _) = try world.addAppPassword(account)
        _ = try world.store.disable(account, until: world.clock.now.adding(seconds: 5), change: world.change())
        world.clock.advance(seconds: 5)
        try learn(world, known, other)
        #expect(try !isKnown(world, known, other))
    }

    @Test func changes() throws {
        let world = try World()
        let account = try world.addAccount()
        let (secret, id) = try world.addAppPassword(account)
        let known = Memory()
        try learn(world, known, secret)
        // A guess changes the write-ahead log's header, but no answer.
        _ = world.authenticator.decide(world.attempt("alice@example.org", "wrong"))
        #expect(try isKnown(world, known, secret))
        _ = try world.store.changeAppPasswords([id], .revoke, account: account) { _ in world.change() }
        #expect(try !isKnown(world, known, secret))
        let (next, _) = try world.addAppPassword(account)
        try learn(world, known, next)
        #expect(try isKnown(world, known, next))
        // Without a version, no entry can be used.
        known.look(at: nil, opening: 1)
        #expect(known.find(try verifier(world, next), .imap, now: world.clock.now) == nil)
        #expect(try isKnown(world, known, next))
        // Another file at the path.
        known.look(at: world.store, opening: 2)
        #expect(known.find(try verifier(world, next), .imap, now: world.clock.now) == nil)
    }

    /// With more entries than one half has room for, none are mixed up, and those in use stay.
    @Test func manyOfThem() throws {
        let (world, account, appPassword, _, known) = try stage()
        let id = appPassword.id
        func verifier(_ number: Int) -> AppPasswordVerifier {
            world.keys.appPassword.verifier(Array("\(number)".utf8), [])
        }
        func isThere(_ number: Int) -> Bool {
            guard let found = known.find(verifier(number), .imap, now: world.clock.now) else { return false }
            var message: [UInt8] = []
            known.grants.appendAppPassword(found, to: &message)
            #expect(String(decoding: message, as: UTF8.self) == "\(id) \(number)")
            return true
        }
        for number in 0..<40_000 {
            let texts = GrantTable.Texts(
                appPassword: Array("\(id) \(number)".utf8), idLength: id.utf8.count, mailbox: [2, 3])
            _ = known.grants.add(verifier(number), account, appPassword, texts)
            if number % 5000 == 0 { #expect(isThere(0)) }
        }
        #expect(isThere(0) && isThere(39_999) && isThere(30_000) && !isThere(1) && !isThere(40_000))
    }
}
