import TestSupport
import Testing

@testable import Authentication
@testable import Credentials
@testable import Daemon

/// `find` answers from the state of the last look at `version`, and leaves no transaction open.
struct ReopeningStoreTests {
    private struct Case {
        let world: World
        let kept: ReopeningStore
        let account: AccountName
        let verifier: AppPasswordVerifier
        let id: String

        init() throws {
            world = try World()
            account = try world.addAccount()
            let made = try world.addAppPassword(account)
            id = made.id
            kept = ReopeningStore(world.configuration.store, keys: world.keys)
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
        // A second `find` does not ask again.
        #expect(test.kept.find(test.verifier, of: test.account) == nil)
        test.kept.endFinding()
        #expect(test.kept.version != before)
        #expect(test.kept.find(test.verifier, of: test.account)?.1.revoked != nil)
        test.kept.endFinding()
    }

    /// A transaction that began after the look sees one state as long as it lasts.
    @Test func commitsWithin() throws {
        let test = try Case()
        #expect(test.kept.version != nil)
        #expect(test.kept.find(test.verifier, of: test.account)?.1.revoked == nil)
        try test.revoke()
        #expect(test.kept.find(test.verifier, of: test.account) == nil)
        test.kept.endFinding()
    }

    /// In an outage, each look-up with a question fails.
    @Test func lookUpsInAnOutage() throws {
        let world = try World()
        let kept = ReopeningStore(.file(path: world.directory.file("none.db")), keys: world.keys)
        var told: [String] = []
        kept.look([
            .account(try World.name("alice@example.org")) { if case .failure = $0 { told.append("account") } },
            .nothing { told.append("nothing") },
            .names(after: "", limit: 1) { if case .failure = $0 { told.append("names") } },
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
        // No reader stops a writer from emptying the log.
        _ = test.world.authenticator.decide(test.world.attempt(test.account.text, "wrong"))
        #expect(throws: Never.self) { try test.world.stored.emptyLog() }
    }

    /// Both statements that find an app password return the same account and the same app password.
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
