import Administration
import Credentials
import TestSupport
import Testing

/// What another policy does to the app passwords of an account.
struct PolicyEffectTests {
    private func effect(
        _ world: AdminWorld, _ policy: Policy, cleared: PolicyChange.Parts = []
    ) throws -> PolicyEffect? {
        try world.admin.effect(of: PolicyChange(policy, cleared: cleared), on: world.state())
    }

    private func make(_ world: AdminWorld, _ name: String, days: Int64? = nil) throws -> String {
        try world.create(NewAppPassword(name: name, expires: days.map { world.after(days: $0) })).id
    }

    /// Those that would end later than a new one could; a disabled one can be enabled again.
    @Test func endsWhatLivesTooLong() throws {
        let world = try AdminWorld()
        _ = try world.openSession()
        let never = try make(world, "never")
        let late = try make(world, "in 60 days\u{a0}<x>", days: 60)
        _ = try make(world, "in 30 days", days: 30)
        _ = try make(world, "in 10 days", days: 10)
        let disabled = try make(world, "disabled")
        _ = try world.admin.changeAppPasswords(.ids([disabled]), .disable, world.alice)
        let revoked = try make(world, "revoked")
        _ = try world.admin.changeAppPasswords(.ids([revoked]), .revoke, world.alice)
        let effect = try #require(try self.effect(world, Policy(maxAge: 30 * AdminWorld.day)))
        let endings = Dictionary(uniqueKeysWithValues: effect.endings.map { ($0.id, $0) })
        #expect(Set(endings.keys) == [never, late, disabled])
        #expect(effect.endings.allSatisfy { $0.after == world.after(days: 30) })
        #expect(endings[never]?.before == nil && endings[disabled]?.before == nil)
        #expect(endings[late]?.before == world.after(days: 60) && endings[late]?.name == "in 60 days\u{a0}<x>")
        #expect(effect.stopped.isEmpty && effect.surplus == 0 && effect.account == world.alice)
    }

    /// One that has ended already stays so.
    @Test func endsNothingThatHasEnded() throws {
        let world = try AdminWorld()
        _ = try make(world, "x", days: 1)
        world.advance(seconds: AdminWorld.day)
        #expect(try effect(world, Policy(maxAge: AdminWorld.day)) == nil)
    }

    /// A change that is not about the age leaves ends alone, even where the domain would not allow them today.
    @Test func endsNothingUnlessTheAgeChanges() throws {
        let world = try AdminWorld()
        let limit = PolicyChange(Policy(maxAge: 30 * AdminWorld.day))
        try world.admin.setPolicy(limit, "max-age 30d", domain: "example.org")
        // Imported since, say.
        let (_, id) = try world.world.addAppPassword(world.alice)
        #expect(try effect(world, Policy(services: Scope([.imap]))) == nil)
        #expect(try effect(world, Policy(maxAppPasswords: 1)) == nil)
        // An account that says nothing any more has its domain's.
        let again = try #require(try self.effect(world, Policy(), cleared: .maxAge))
        #expect(again.endings.map(\.id) == [id] && again.endings[0].after == world.after(days: 30))
    }

    @Test(arguments: [(1, 2), (2, 1), (3, 0), (4, 0), (0, 0)] as [(Int64, Int)])
    func countsWhatIsTooMany(_ limit: Int64, _ surplus: Int) throws {
        let world = try AdminWorld()
        _ = try world.openSession()
        for name in ["one", "two"] { _ = try make(world, name) }
        let disabled = try make(world, "disabled")
        _ = try world.admin.changeAppPasswords(.ids([disabled]), .disable, world.alice)
        let revoked = try make(world, "revoked")
        _ = try world.admin.changeAppPasswords(.ids([revoked]), .revoke, world.alice)
        _ = try make(world, "expired", days: 1)
        world.advance(seconds: AdminWorld.day)
        let effect = try self.effect(world, Policy(maxAppPasswords: limit))
        #expect(effect?.surplus ?? 0 == surplus)
        #expect(effect == nil || surplus > 0)
        // They stay valid.
        try world.admin.setPolicy(PolicyChange(Policy(maxAppPasswords: limit)), "max-app-passwords", world.alice)
        #expect(try world.store.liveAppPasswords(account: world.alice, now: world.now) == 3)
    }

    /// What does not count against the limit is no surplus: it was disabled first and has ended since.
    @Test func countsAsTheLimitDoes() throws {
        let world = try AdminWorld()
        _ = try make(world, "one")
        let ended = try make(world, "ended", days: 1)
        _ = try world.admin.changeAppPasswords(.ids([ended]), .disable, world.alice)
        world.advance(seconds: AdminWorld.day)
        #expect(try world.store.liveAppPasswords(account: world.alice, now: world.now) == 1)
        #expect(try effect(world, Policy(maxAppPasswords: 1)) == nil)
    }

    @Test func namesWhatStops() throws {
        let world = try AdminWorld()
        let id = try make(world, "Phone")
        try world.mark(Store.mainCredential, .imap)
        try world.mark(id, .pop3, from: "2001:db8::1")
        #expect(try effect(world, Policy(services: Scope([.imap, .pop3]))) == nil)
        let services = try #require(try self.effect(world, Policy(services: Scope([.imap]))))
        #expect(services.stopped.map(\.service) == [.pop3] && services.stopped.map(\.credential) == [id])
        #expect(services.stopped[0].network.description == "2001:db8::/64" && services.stopped[0].last == world.now)
        let main = try #require(try self.effect(world, Policy(appPasswordsRequired: true)))
        #expect(main.stopped.map(\.service) == [.imap] && main.stopped.map(\.credential) == [Store.mainCredential])
        #expect(services.endings.isEmpty && main.endings.isEmpty && main.surplus == 0)
    }
}
