import Administration
import Authentication
import Credentials
import TestSupport
import Testing

/// User names as operators type them, and outages.
struct AdministratorTests {
    @Test(arguments: [
        "", " ", "a b@example.org", "alice@", "@example.org", "a,b@example.org", "<alice@example.org>",
        "alice(x)@example.org", "alice\u{7}@example.org", "al\u{202e}ice@example.org",
        String(repeating: "a", count: 65) + "@example.org", "a@" + String(repeating: "b", count: 253),
    ])
    func refusesWhatIsNoUserName(_ text: String) throws {
        let world = try AdminWorld()
        try world.expectRefused(.notAUserName(text)) { _ = try world.admin.name(text) }
        try world.expectRefused(.notAUserName(text)) { _ = try world.admin.account(text) }
        try world.expectRefused(.notAUserName(text)) { _ = try world.admin.recordedName(text) }
        #expect(try world.newEntries().isEmpty)
    }

    @Test(arguments: ["alice@example.org", "Alice@EXAMPLE.org", " alice@example.org\t", "alice", "ALICE"])
    func findsAnAccountBySpellings(_ text: String) throws {
        let world = try AdminWorld("default_domain = example.org")
        #expect(try world.admin.name(text) == world.alice)
        #expect(try world.admin.account(text).name == world.alice)
        #expect(try world.admin.recordedName(text) == AdminWorld.address)
    }

    /// The domain of a bare name is not guessed, and a longer name is another one.
    @Test(arguments: ["alice", "alice@example.com", "alice+x@example.org", "xalice@example.org"])
    func refusesNamesOfNoAccount(_ text: String) throws {
        let world = try AdminWorld()
        let name = try World.name(text)
        try world.expectRefused(.noAccount(name)) { _ = try world.admin.account(text) }
        #expect(try world.admin.recordedName(text) == text)
    }

    /// What is recorded of an account that is stored under its older spelling is found by any spelling.
    @Test func recordsUnderTheStoredName() throws {
        let world = try AdminWorld()
        let stored = AccountName(stored: "user@exämple.org")
        let isAdded = try world.store.addAccount(
            stored, mainPassword: nil, mailbox: MailboxOverrides(), change: world.world.change())
        #expect(isAdded)
        for spelling in ["user@exämple.org", "USER@EXäMPLE.org"] {
            #expect(try world.admin.recordedName(spelling) == "user@exämple.org")
        }
        #expect(try world.admin.recordedName("Nobody@Exämple.org") == "nobody@xn--exmple-cua.org")
    }

    /// What the store cannot do is no refusal.
    @Test func outageIsUnavailable() throws {
        let world = try AdminWorld()
        try world.world.stored.remove(StoredDatabase.Table.aliases)
        var failure: Unavailability?
        do throws(AdministrationError) {
            try world.admin.addAlias("sales@example.org", world.alice)
        } catch {
            if case .unavailable(let found) = error { failure = found }
        }
        guard case .store(.engine)? = failure else {
            Issue.record("not unavailable: \(String(describing: failure))")
            return
        }
        #expect(try world.newEntries().isEmpty)
    }

    @Test func changeHasActorAndTime() throws {
        let world = try AdminWorld()
        world.advance(seconds: 5)
        let change = world.admin.change("example.org", "domain policy", "max-age 30d")
        #expect(Entry(change) == Entry("example.org", "domain policy", "max-age 30d"))
        #expect(change.at == world.now && change.actor == "root (sudo from olga)")
    }
}
