import SQLite
import TestSupport
import Testing

@testable import Authentication
@testable import Credentials
@testable import Daemon

/// What is found at once is of the state that was last looked at, and leaves no transaction behind.
struct KeptStoreTests {
    private struct Case {
        let world: World
        let kept: KeptStore
        let account: AccountName
        let verifier: AppPasswordVerifier
        let id: String

        init() throws {
            world = try World()
            account = try world.addAccount()
            let made = try world.addAppPassword(account)
            id = made.id
            kept = KeptStore(path: world.configuration.database, keys: world.keys)
            verifier = try world.verifier(made.secret)
        }

        func revoke() throws {
            _ = try world.store.changeAppPasswords([id], .revoke, account: account) { _ in world.change() }
        }
    }

    @Test func commitsBetween() throws {
        let test = try Case()
        #expect(test.kept.version != nil)
        #expect(test.kept.find(test.verifier, of: test.account)?.1.id == test.id)
        #expect(test.kept.find(test.verifier, of: try World.name("bob@example.org")) == nil)
        test.kept.endFinding()
        let before = test.kept.version
        try test.revoke()
        #expect(test.kept.find(test.verifier, of: test.account) == nil)
        // Nor does a second one ask again.
        #expect(test.kept.find(test.verifier, of: test.account) == nil)
        test.kept.endFinding()
        #expect(test.kept.version != before)
        #expect(test.kept.find(test.verifier, of: test.account)?.1.revoked != nil)
        test.kept.endFinding()
    }

    /// One that began after the look sees one state for as long as it lasts.
    @Test func commitsWithin() throws {
        let test = try Case()
        #expect(test.kept.version != nil)
        #expect(test.kept.find(test.verifier, of: test.account)?.1.revoked == nil)
        try test.revoke()
        #expect(test.kept.find(test.verifier, of: test.account) == nil)
        test.kept.endFinding()
    }

    /// An outage is told to each that asked for something.
    @Test func lookUpsInAnOutage() throws {
        let world = try World()
        let kept = KeptStore(path: world.directory.file("none.db"), keys: world.keys)
        var told: [String] = []
        kept.look([
            .account(try World.name("alice@example.org")) { if case .failure = $0 { told.append("account") } },
            .nothing { told.append("nothing") },
            .names(after: "", most: 1) { if case .failure = $0 { told.append("names") } },
        ]) { told.append("all") }
        #expect(told == ["account", "nothing", "names", "all"])
    }

    @Test func leavesNoTransaction() throws {
        let test = try Case()
        #expect(test.kept.version != nil)
        #expect(test.kept.find(test.verifier, of: test.account) != nil)
        test.kept.endFinding()
        test.kept.endFinding()
        var answers: [Result<FirstAnswer, StoreError>] = []
        test.kept.answer([FirstQuestion(name: test.account, secret: nil)]) { answers = $0 }
        #expect(try answers.map { try $0.get().account?.name } == [test.account])
        // No reader is in the way of a writer that empties the log.
        _ = test.world.authenticator.decide(test.world.attempt(test.account.text, "wrong"))
        let log = try Connection(path: test.world.configuration.database, access: .existing, busyTimeout: 0)
        let busy = try log.prepare("PRAGMA wal_checkpoint(TRUNCATE)")
        #expect(try busy.step() && busy.integer(0) == 0)
    }

    /// Both ways to an app password give the same account and the same app password.
    @Test func oneStatementForTwo() throws {
        let test = try Case()
        let (world, name) = (test.world, test.account)
        try world.store.setPolicy(
            PolicyChange(Policy(maxAge: 86_400, services: Scope([.imap, .smtp]))), domain: "example.org",
            change: world.change()
        )
        let block = try #require(CIDR("192.0.2.0/24"))
        let new = NewAppPassword(
            name: "Phone ü", scope: Scope([.imap]), networks: [block], expires: world.clock.now.adding(seconds: 60))
        let (secret, _) = try world.addAppPassword(name, new)
        _ = try world.store.disable(name, until: world.clock.now.adding(seconds: 5), change: world.change())
        let verifier = try world.verifier(secret)
        let (account, appPassword) = try #require(try world.store.accountAndAppPassword(verifier, of: name))
        let other = try #require(try world.store.account(name))
        let otherAppPassword = try #require(
            try world.store.generatedAppPassword(verifier: verifier.bytes, account: name))
        #expect(appPassword.networks == [block] && account.disabledUntil != nil)
        func text(_ value: Any) -> [String] { Mirror(reflecting: value).children.map { "\($0)" } }
        #expect(text(account) == text(other) && text(account).count == 18)
        #expect(text(appPassword) == text(otherAppPassword))
    }
}
