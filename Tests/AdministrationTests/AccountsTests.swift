import Administration
import Credentials
import TestSupport
import Testing

/// Accounts: added, changed, disabled, enabled and removed.
struct AccountsTests {
    @Test func isAddedWithHashAndMailbox() throws {
        let world = try AdminWorld()
        let bob = try World.name("bob@example.org")
        try world.admin.expectAddable(bob)
        #expect(try world.newEntries().isEmpty)
        let hash = try World.mainPassword("a fine main password")
        let others = try world.admin.add(bob, hash, MailboxOverrides(uid: "5001"))
        #expect(others.isEmpty)
        #expect(try world.newEntries() == [Entry("bob@example.org", "account add")])
        let state = try world.admin.account("bob@example.org")
        #expect(state.mainHash == hash.text && state.isMainMapped)
        #expect(state.mailbox.uid == "5001" && state.created == world.now)
        #expect(world.signIn("a fine main password", as: "bob@example.org") == "granted")
        #expect(try !world.holds("a fine main password"))
    }

    @Test func namesAccountsThatMaySendAsIt() throws {
        let world = try AdminWorld()
        try world.admin.addAlias("sales@example.org", world.alice)
        let others = try world.admin.add(try World.name("sales@example.org"), nil, MailboxOverrides())
        #expect(others == [AdminWorld.address])
        #expect(world.signIn("no password", as: "sales@example.org") == "mismatch")
    }

    @Test(arguments: [
        ("bob@example.org", "bob@example.org"), ("bob@example.org", " BOB@Example.ORG\t"),
        ("jörg@bücher.example", "Jo\u{308}rg@xn--bcher-kva.example"), ("jörg@bücher.example", "jörg@BüCHER.example"),
    ])
    func existsUnderAnotherSpelling(_ existing: String, _ typed: String) throws {
        let world = try AdminWorld()
        _ = try world.admin.add(try World.name(existing), nil, MailboxOverrides())
        let name = try World.name(typed)
        try world.expectRefused(.accountExists(name)) { try world.admin.expectAddable(name) }
        try world.expectRefused(.accountExists(name)) { _ = try world.admin.add(name, nil, MailboxOverrides()) }
        #expect(try world.admin.account(typed).name == name)
    }

    /// Two accounts older than canonical names share a form: neither answers to a third spelling, which stays theirs.
    @Test func existsTwiceInOlderSpellings() throws {
        let world = try AdminWorld()
        for old in ["user@exämple.org", "user@exa\u{308}mple.org"] {
            let isAdded = try world.store.addAccount(
                AccountName(stored: old), mainPassword: nil, mailbox: MailboxOverrides(), change: world.world.change())
            #expect(isAdded)
        }
        try world.world.stored.shareForm("user@xn--exmple-cua.org")
        let name = try World.name("user@xn--exmple-cua.org")
        try world.expectRefused(.accountExists(name)) { _ = try world.admin.add(name, nil, MailboxOverrides()) }
    }

    @Test(arguments: [
        "bare", "../x@example.org", ".alice@example.org", "alice.@example.org", "a..b@example.org", "a@b@example.org",
        "a\"b@example.org", "a\\b@example.org", "a:b@example.org", "a;b@example.org", "alice@[192.0.2.1]",
        "alice@example..org", "alice@.example.org", "alice@example.org.", "alice@exam/ple.org",
    ])
    func refusesNamesThatCannotBeAccounts(_ text: String) throws {
        let world = try AdminWorld()
        let name = try World.name(text)
        try world.expectRefused(.cannotBeAccount(name)) { try world.admin.expectAddable(name) }
        try world.expectRefused(.cannotBeAccount(name)) { _ = try world.admin.add(name, nil, MailboxOverrides()) }
    }

    @Test func isDisabledUntilATime() throws {
        let world = try AdminWorld()
        try world.admin.disable(world.alice, until: world.after(days: 1))
        #expect(
            try world.newEntries() == [Entry(AdminWorld.address, "account disable", "until 2027-01-16T08:00:00Z")])
        #expect(world.signIn(AdminWorld.mainPassword) == "disabled")
        world.advance(seconds: AdminWorld.day - 1)
        #expect(world.signIn(AdminWorld.mainPassword) == "disabled")
        world.advance(seconds: 1)
        #expect(world.signIn(AdminWorld.mainPassword) == "granted")
    }

    @Test func isDisabledUntilItIsEnabled() throws {
        let world = try AdminWorld()
        let (_, shown) = try world.create()
        try world.admin.disable(world.alice, until: nil)
        world.advance(seconds: 300 * AdminWorld.day)
        let main = AdminWorld.mainPassword
        for (secret, service) in [(main, "imap"), (main, "web"), (shown, "imap")] {
            #expect(world.signIn(secret, service) == "disabled")
        }
        try world.admin.enable(world.alice)
        #expect(world.signIn(main) == "granted" && world.signIn(shown) == "granted")
    }

    @Test func isRemovedWithAllThatBelongsToIt() throws {
        let world = try AdminWorld()
        let (_, shown) = try world.create()
        try world.admin.addAlias("sales@example.org", world.alice)
        _ = try world.newEntries()
        try world.admin.remove(world.alice)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "account remove")])
        #expect(try world.store.account(world.alice) == nil)
        #expect(world.signIn(shown) == "unknown-user")
        // An account of the same name that is added later gets none of it.
        _ = try world.admin.add(world.alice, nil, MailboxOverrides())
        #expect(world.signIn(shown) == "mismatch" && world.signIn(AdminWorld.mainPassword) == "mismatch")
        #expect(try world.store.appPasswords(account: world.alice).isEmpty)
        #expect(try world.store.aliases(account: world.alice).isEmpty)
    }

    /// Each needs an account, and leaves one entry.
    @Test(arguments: AccountAction.all)
    func isRecordedUnlessThereIsNoAccount(_ action: AccountAction) throws {
        let world = try AdminWorld()
        let nobody = try World.name("nobody@example.org")
        try world.expectRefused(.noAccount(nobody)) { try action.perform(world.admin, nobody) }
        #expect(try world.newEntries().isEmpty)
        try action.perform(world.admin, world.alice)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, action.action, action.detail)])
    }

    @Test func settingsTakeEffect() throws {
        let world = try AdminWorld()
        try world.admin.setMustChange(true, world.alice)
        #expect(world.signIn(AdminWorld.mainPassword) == "must-change")
        #expect(world.signIn(AdminWorld.mainPassword, "web") == "granted")
        try world.admin.setMustChange(false, world.alice)
        #expect(world.signIn(AdminWorld.mainPassword) == "granted")
        try world.admin.setSendsAsAny(true, world.alice)
        #expect(try world.state().sendsAsAny)
        try world.admin.setSendsAsAny(false, world.alice)
        #expect(try !world.state().sendsAsAny)
        try world.admin.setMailbox(MailboxOverrides(uid: "5001", home: "/srv/alice"), world.alice)
        _ = try world.newEntries()
        let template = MailboxOverrides(uid: "5000", gid: "5000", homeTemplate: "/srv/%d/%n")
        try world.admin.setMailbox(template, domain: "example.org")
        #expect(
            try world.newEntries() == [Entry("example.org", "domain mailbox", "uid=5000 gid=5000 home=/srv/%d/%n")])
        let mailbox = try world.state().mailbox
        #expect(mailbox.uid == "5001" && mailbox.gid == "5000" && mailbox.home == "/srv/alice")
    }

    @Test(arguments: [("Example.ORG", "example.org"), ("bücher.example", "xn--bcher-kva.example")])
    func domainIsCanonical(_ typed: String, _ domain: String) throws {
        #expect(try Administrator.domain(typed) == domain)
    }

    @Test(arguments: ["", "a b", "x@example.org", "@example.org", "example..org", ".example.org", "[192.0.2.1]", "a/b"])
    func refusesWhatIsNoDomain(_ text: String) throws {
        let refusal = try findRefusal { _ = try Administrator.domain(text) }
        #expect(refusal.map { "\($0)" } == "\(Refusal.notADomain(text))")
    }
}
