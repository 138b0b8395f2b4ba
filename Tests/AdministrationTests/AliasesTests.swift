import Administration
import Credentials
import TestSupport
import Testing

/// Addresses that an account may send as beside its own.
struct AliasesTests {
    @Test(arguments: [
        ("sales@example.org", "sales@example.org"), (" Sales@Example.ORG ", "sales@example.org"),
        ("sales@bücher.example", "sales@xn--bcher-kva.example"), ("o'brien@example.com", "o'brien@example.com"),
        ("@Example.org", "@example.org"), ("@bücher.example", "@xn--bcher-kva.example"),
    ])
    func isStoredInItsCanonicalForm(_ typed: String, _ canonical: String) throws {
        let world = try AdminWorld()
        try world.admin.addAlias(typed, world.alice)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "alias add", canonical)])
        #expect(try world.store.aliases(account: world.alice) == [canonical])
        let alias = SenderAddress(stored: canonical)
        for spelling in [typed, canonical] {
            try world.expectRefused(.aliasExists(alias, world.alice)) {
                try world.admin.addAlias(spelling, world.alice)
            }
        }
        try world.admin.removeAlias(typed, world.alice)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "alias remove", canonical)])
        #expect(try world.store.aliases(account: world.alice).isEmpty)
        try world.expectRefused(.noAlias(alias, world.alice)) { try world.admin.removeAlias(typed, world.alice) }
    }

    @Test(arguments: [
        "", "sales", "*@example.org", "s*@example.org", "@", "@a@b.example", "@*.example.org", "sal es@example.org",
        "sales@", "<sales@example.org>", "sales@example.org\nbcc@example.com", "@exa mple.org", "@example..org",
    ])
    func refusesWhatIsNoAlias(_ text: String) throws {
        let world = try AdminWorld()
        try world.expectRefused(.notAnAlias(text)) { try world.admin.addAlias(text, world.alice) }
        try world.expectRefused(.notAnAlias(text)) { try world.admin.removeAlias(text, world.alice) }
        #expect(try world.newEntries().isEmpty)
    }

    @Test(arguments: ["alice@example.org", "ALICE@Example.org"])
    func refusesTheOwnAddress(_ text: String) throws {
        let world = try AdminWorld()
        let own = SenderAddress(world.alice)
        try world.expectRefused(.ownAddress(own)) { try world.admin.addAlias(text, world.alice) }
        try world.expectRefused(.ownAddress(own)) { try world.admin.removeAlias(text, world.alice) }
    }

    @Test func needsAnAccount() throws {
        let world = try AdminWorld()
        let nobody = try World.name("nobody@example.org")
        try world.expectRefused(.noAccount(nobody)) { try world.admin.addAlias("sales@example.org", nobody) }
        #expect(try world.newEntries().isEmpty)
    }

    /// Two accounts may send as one address, and each loses it by itself.
    @Test func belongsToSeveral() throws {
        let world = try AdminWorld()
        let bob = try world.world.addAccount("bob@example.org")
        _ = try world.newEntries()
        let sales = SenderAddress(stored: "sales@example.org")
        for account in [world.alice, bob] { try world.admin.addAlias(sales.text, account) }
        #expect(
            try world.newEntries() == [
                Entry("alice@example.org", "alias add", "sales@example.org"),
                Entry("bob@example.org", "alias add", "sales@example.org"),
            ])
        #expect(try world.store.owners(ofAlias: sales) == ["alice@example.org", "bob@example.org"])
        try world.admin.removeAlias(sales.text, world.alice)
        #expect(try world.store.owners(ofAlias: sales) == ["bob@example.org"])
        try world.expectRefused(.noAlias(sales, world.alice)) { try world.admin.removeAlias(sales.text, world.alice) }
        // The address of one account may be an alias of another.
        try world.admin.addAlias("bob@example.org", world.alice)
        #expect(try world.store.aliases(account: world.alice) == ["bob@example.org"])
    }

    /// Another mail server's pattern, imported once, can be removed by its text and by no other.
    @Test(arguments: [("*@old.example", "*@OLD.example"), ("bare word", "bare  word")])
    func removesWhatIsStored(_ stored: String, _ other: String) throws {
        let world = try AdminWorld()
        let result = try world.store.addAlias(
            SenderAddress(stored: stored), account: world.alice, change: world.world.change())
        #expect(result == .done)
        try world.expectRefused(.notAnAlias(other)) { try world.admin.removeAlias(other, world.alice) }
        try world.admin.removeAlias(stored, world.alice)
        #expect(try world.newEntries().last == Entry(AdminWorld.address, "alias remove", stored))
        #expect(try world.store.aliases(account: world.alice).isEmpty)
    }
}
