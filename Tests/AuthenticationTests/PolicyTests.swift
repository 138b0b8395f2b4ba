import Authentication
import Credentials
import TestSupport
import Testing

/// The effect of policies: an account's own overrides its domain's.
struct PolicyTests {
    private func outcome(_ world: World, _ secret: String, service: String = "imap") -> String {
        switch world.authenticator.decide(world.attempt("alice@example.org", secret, service: service)).outcome {
        case .granted: "granted"
        case .denied(let denial): denial.reason.rawValue
        case .unavailable(let failure): failure.explanation
        }
    }

    private func set(_ world: World, _ policy: Policy, cleared: PolicyChange.Parts = [], domain: Bool = false) throws {
        let change = PolicyChange(policy, cleared: cleared)
        if domain {
            try world.store.setPolicy(change, domain: "example.org", change: world.change())
        } else {
            let account = try World.name("alice@example.org")
            #expect(try world.store.setPolicy(change, account: account, change: world.change()))
        }
    }

    @Test func services() throws {
        let world = try World()
        let account = try world.addAccount()
        let (shown, _) = try world.addAppPassword(account)
        try set(world, Policy(services: Scope([.imap])), domain: true)
        for secret in ["main secret", shown] {
            #expect(outcome(world, secret) == "granted")
            #expect(outcome(world, secret, service: "pop3") == "service-not-allowed")
        }
        #expect(outcome(world, "wrong", service: "pop3") == "mismatch")
        // The web is always allowed: it is where a password is changed.
        #expect(outcome(world, "main secret", service: "web") == "granted")
        try set(world, Policy(services: Scope([.imap, .pop3])))
        #expect(outcome(world, shown, service: "pop3") == "granted")
        #expect(outcome(world, shown, service: "smtp") == "service-not-allowed")
        try set(world, Policy(), cleared: .services)
        #expect(outcome(world, shown, service: "pop3") == "service-not-allowed")
        try set(world, Policy(services: .mail), domain: true)
        #expect(outcome(world, shown, service: "pop3") == "granted")
        #expect(world.collector.lines.contains { $0.hasSuffix("Service refused: pop3 not allowed by policy") })
    }

    @Test func requirementsOfTheDomainAndBack() throws {
        let world = try World()
        try world.addAccount()
        try set(world, Policy(appPasswordsRequired: true), domain: true)
        #expect(outcome(world, "main secret") == "main-password-refused")
        try set(world, Policy(appPasswordsRequired: false))
        #expect(outcome(world, "main secret") == "granted")
        try set(world, Policy(), cleared: .appPasswords)
        #expect(outcome(world, "main secret") == "main-password-refused")
        try set(world, Policy(appPasswordsRequired: false), domain: true)
        #expect(outcome(world, "main secret") == "granted")
    }

    private func end(_ world: World, _ id: String) throws -> Int64? {
        try world.store.appPassword(id: id, account: try World.name("alice@example.org"))?.expires?.seconds
    }

    /// A new maximum age locks nobody out at once. From then on, no app password lives longer than the policy allows,
    /// and no change of policy revives one or extends its life.
    @Test func maximumAge() throws {
        let day: Int64 = 86_400
        let world = try World()
        let account = try world.addAccount()
        let (old, id) = try world.addAppPassword(account)
        world.clock.advance(seconds: 400 * day)
        let start = world.clock.now.seconds
        try set(world, Policy(maxAge: 90 * day), domain: true)
        #expect(try end(world, id) == start + 90 * day)
        #expect(outcome(world, old) == "granted")
        // A shorter maximum, then a longer one, none, and the domain's again.
        world.clock.advance(seconds: day)
        try set(world, Policy(maxAge: 30 * day), domain: true)
        #expect(try end(world, id) == start + 31 * day)
        try set(world, Policy(maxAge: 365 * day), domain: true)
        try set(world, Policy(maxAge: 0))
        #expect(try end(world, id) == start + 31 * day)
        let (own, ownID) = try world.addAppPassword(account)
        world.clock.advance(seconds: 29 * day)
        #expect(outcome(world, old) == "granted")
        world.clock.advance(seconds: day)
        #expect(outcome(world, old) == "expired")
        try set(world, Policy(), cleared: .maxAge)
        #expect(try end(world, ownID) == world.clock.now.seconds + 365 * day)
        #expect(outcome(world, old) == "expired" && outcome(world, own) == "granted")
        // An expired app password stays expired, whatever the policy.
        try set(world, Policy(maxAge: 60 * day), domain: true)
        #expect(outcome(world, old) == "expired")
        #expect(try end(world, ownID) == world.clock.now.seconds + 60 * day)
        // An account's own policy overrides its domain's.
        try set(world, Policy(maxAge: 50 * day))
        try set(world, Policy(maxAge: 10 * day), domain: true)
        #expect(try end(world, ownID) == world.clock.now.seconds + 50 * day)
    }

    @Test func othersAreLeftAlone() throws {
        let world = try World()
        let bob = try world.addAccount("bob@example.com")
        try world.addAccount()
        let (_, id) = try world.addAppPassword(bob)
        try set(world, Policy(maxAge: 86_400), domain: true)
        try set(world, Policy(maxAge: 86_400))
        #expect(try world.store.appPassword(id: id, account: bob)?.expires == nil)
    }

    @Test func whatWouldHold() throws {
        let world = try World()
        let account = try world.addAccount()
        let state = try #require(try world.store.account(account))
        let policy = Policy(appPasswordsRequired: true, secondFactorRequired: true, services: Scope([.imap]))
        try set(world, policy)
        let real = try #require(try world.store.account(account))
        let foretold = state.under(policy)
        #expect(foretold.appPasswordsRequired == real.appPasswordsRequired)
        #expect(foretold.secondFactorRequired == real.secondFactorRequired)
        #expect(foretold.services == real.services)
    }
}
