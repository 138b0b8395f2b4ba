import Administration
import Credentials
import TestSupport
import Testing

/// Policies of accounts and domains: changed, and what a change would do.
struct PoliciesTests {
    private static let day = AdminWorld.day

    @Test func changesOfAnAccountMerge() throws {
        let world = try AdminWorld()
        func policy() throws -> Policy? { try world.store.policy(account: world.alice) }
        try world.admin.setPolicy(PolicyChange(Policy(maxAge: 30 * Self.day)), "max-age 30d", world.alice)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "account policy", "max-age 30d")])
        try world.admin.setPolicy(PolicyChange(Policy(services: Scope([.imap]))), "services imap", world.alice)
        #expect(try policy() == Policy(maxAge: 30 * Self.day, services: Scope([.imap])))
        let change = PolicyChange(Policy(appPasswordsRequired: false), cleared: .maxAge)
        try world.admin.setPolicy(change, "app-passwords optional, max-age domain", world.alice)
        #expect(try policy() == Policy(appPasswordsRequired: false, services: Scope([.imap])))
        try world.admin.setPolicy(PolicyChange(Policy(), cleared: .all), "domain", world.alice)
        #expect(try policy() == Policy())
        #expect(try world.newEntries().count == 3)
    }

    @Test func changesOfADomainMerge() throws {
        let world = try AdminWorld()
        #expect(try world.store.policy(domain: "example.org") == nil)
        let first = PolicyChange(Policy(maxAge: 30 * Self.day))
        try world.admin.setPolicy(first, "max-age 30d", domain: "example.org")
        #expect(try world.newEntries() == [Entry("example.org", "domain policy", "max-age 30d")])
        let second = PolicyChange(Policy(maxAppPasswords: 5))
        try world.admin.setPolicy(second, "max-app-passwords 5", domain: "example.org")
        let policy = try #require(try world.store.policy(domain: "example.org"))
        #expect(policy.maxAge == 30 * Self.day && policy.maxAppPasswords == 5 && policy.services == nil)
        #expect(try world.store.policyInForce(account: world.alice).maxAppPasswords == 5)
        #expect(try world.store.policyInForce(account: try World.name("a@example.com")) == Policy())
    }

    @Test func ownPolicyOverridesTheDomains() throws {
        let world = try AdminWorld()
        let required = PolicyChange(Policy(appPasswordsRequired: true))
        try world.admin.setPolicy(required, "app-passwords required", domain: "example.org")
        #expect(world.signIn(AdminWorld.mainPassword) == "main-password-refused")
        let optional = PolicyChange(Policy(appPasswordsRequired: false))
        try world.admin.setPolicy(optional, "app-passwords optional", world.alice)
        #expect(world.signIn(AdminWorld.mainPassword) == "granted")
        try world.admin.setPolicy(PolicyChange(Policy(), cleared: .appPasswords), "app-passwords domain", world.alice)
        #expect(world.signIn(AdminWorld.mainPassword) == "main-password-refused")
    }

    /// Everything at once for one account, and nothing of it happens.
    @Test func effectOnAnAccountChangesNothing() throws {
        let world = try AdminWorld()
        let app = try world.create()
        _ = try world.create()
        try world.mark(Store.mainCredential, .imap)
        try world.mark(app.id, .pop3)
        _ = try world.newEntries()
        let before = try world.dump()
        let change = PolicyChange(
            Policy(
                appPasswordsRequired: true, maxAge: 30 * Self.day, services: Scope([.imap, .smtp]), maxAppPasswords: 1))
        let effect = try #require(try world.admin.effect(of: change, on: world.state()))
        let isUnchanged = try world.dump() == before
        #expect(isUnchanged)
        #expect(try world.newEntries().isEmpty)
        #expect(effect.account == world.alice && effect.surplus == 1 && effect.endings.count == 2)
        let stopped = effect.stopped.map { "\($0.service) \($0.credential)" }
        #expect(Set(stopped) == ["imap main", "pop3 \(app.id)"])
        // What was foretold comes true.
        try world.admin.setPolicy(change, "all", world.alice)
        for ending in effect.endings { #expect(try world.appPassword(ending.id).expires == ending.after) }
        #expect(world.signIn(AdminWorld.mainPassword) == "main-password-refused")
        #expect(world.signIn(app.secret, "pop3") == "service-not-allowed" && world.signIn(app.secret) == "granted")
        try world.expectRefused(.tooManyAppPasswords(world.alice, live: 2)) { _ = try world.create() }
    }

    /// What an account says already, or would not notice, is no effect.
    @Test func effectOfNothing() throws {
        let world = try AdminWorld()
        _ = try world.create(NewAppPassword(name: "x", expires: world.after(days: 1)))
        try world.mark(Store.mainCredential, .imap)
        let policies = [
            Policy(), Policy(appPasswordsRequired: false), Policy(maxAge: 30 * Self.day), Policy(maxAge: 0),
            Policy(services: .mail), Policy(services: Scope([.imap])), Policy(maxAppPasswords: 1),
            Policy(maxAppPasswords: 0),
        ]
        for policy in policies {
            let effect = try world.admin.effect(of: PolicyChange(policy), on: world.state())
            #expect(effect == nil, "\(policy)")
        }
    }

    /// Of a domain's accounts only those are named that would notice; each is looked at once.
    @Test func effectsOnADomain() throws {
        let world = try AdminWorld()
        let bob = try world.world.addAccount("bob@example.org")
        let carol = try world.world.addAccount("carol@example.org")
        let other = try world.world.addAccount("dave@example.com")
        for account in [world.alice, bob, carol, other] { _ = try world.world.addAppPassword(account) }
        // Carol's own policy says something else.
        try world.admin.setPolicy(PolicyChange(Policy(maxAge: 0)), "max-age none", carol)
        _ = try world.newEntries()
        let before = try world.dump()
        var totals: [Int] = []
        let change = PolicyChange(Policy(maxAge: 30 * Self.day))
        let (effects, accounts) = try world.admin.effects(of: change, onDomain: "example.org") { totals.append($0) }
        let isUnchanged = try world.dump() == before
        #expect(isUnchanged && accounts == 3 && totals == [3, 3, 3])
        #expect(try world.newEntries().isEmpty)
        #expect(effects.map(\.account) == [world.alice, bob])
        #expect(effects.allSatisfy { $0.endings.map(\.after) == [world.after(days: 30)] && $0.stopped.isEmpty })
        let none = try world.admin.effects(of: change, onDomain: "example.net")
        #expect(none.0.isEmpty && none.accounts == 0)
    }

    /// An effect is that of the change on top of what is said already: of the domain, and of the account before it.
    @Test func effectsKeepWhatIsSaidAlready() throws {
        let world = try AdminWorld()
        for _ in 0..<2 { _ = try world.create() }
        try world.admin.setPolicy(PolicyChange(Policy(maxAppPasswords: 1)), "max 1", domain: "example.org")
        let change = PolicyChange(Policy(services: .mail))
        #expect(try world.admin.effects(of: change, onDomain: "example.org").0.map(\.surplus) == [1])
        #expect(try world.admin.effect(of: change, on: world.state())?.surplus == 1)
        try world.admin.setPolicy(PolicyChange(Policy(maxAppPasswords: 2)), "max 2", world.alice)
        #expect(try world.admin.effects(of: change, onDomain: "example.org").0.isEmpty)
        #expect(try world.admin.effect(of: change, on: world.state()) == nil)
        // Where the account says nothing any more, it is the domain's again.
        let cleared = PolicyChange(Policy(), cleared: .maxAppPasswords)
        #expect(try world.admin.effect(of: cleared, on: world.state())?.surplus == 1)
    }
}
