import Authentication
import Credentials
import TestSupport
import Testing

/// What a policy lets in: of a domain, and of an account before it.
struct PolicyTests {
    private func outcome(_ world: World, _ secret: String, service: String = "imap") -> String {
        switch world.authenticator.decide(world.attempt("alice@example.org", secret, service: service)).outcome {
        case .granted: "granted"
        case .denied(let denial): denial.reason.rawValue
        case .unavailable(let failure): failure.explanation
        }
    }

    private func set(_ world: World, _ policy: Policy, unsaid: PolicyChange.Parts = [], domain: Bool = false) throws {
        let change = PolicyChange(policy, unsaid: unsaid)
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
        // Where a password is changed.
        #expect(outcome(world, "main secret", service: "web") == "granted")
        try set(world, Policy(services: Scope([.imap, .pop3])))
        #expect(outcome(world, shown, service: "pop3") == "granted")
        #expect(outcome(world, shown, service: "smtp") == "service-not-allowed")
        try set(world, Policy(), unsaid: .services)
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
        try set(world, Policy(), unsaid: .appPasswords)
        #expect(outcome(world, "main secret") == "main-password-refused")
        try set(world, Policy(appPasswordsRequired: false), domain: true)
        #expect(outcome(world, "main secret") == "granted")
    }

    /// Nobody is locked out from one moment to the next, and nothing lives longer than policy says from then on.
    @Test func maximumAge() throws {
        let day: Int64 = 86_400
        let world = try World()
        let account = try world.addAccount()
        let (old, _) = try world.addAppPassword(account)
        world.clock.advance(seconds: 400 * day)
        try set(world, Policy(maxAge: 30 * day), domain: true)
        #expect(outcome(world, old) == "granted")
        world.clock.advance(seconds: 29 * day)
        #expect(outcome(world, old) == "granted")
        let (new, _) = try world.addAppPassword(account)
        world.clock.advance(seconds: day)
        #expect(outcome(world, old) == "expired")
        #expect(outcome(world, new) == "granted")
        // The account's own comes first: none, and as the domain again.
        try set(world, Policy(maxAge: 0))
        #expect(outcome(world, old) == "granted")
        try set(world, Policy(), unsaid: .maxAge)
        #expect(outcome(world, old) == "expired")
        // Saying the same again is no new beginning.
        try set(world, Policy(maxAge: 30 * day), domain: true)
        #expect(outcome(world, old) == "expired")
        world.clock.advance(seconds: 29 * day)
        #expect(outcome(world, new) == "expired")
    }

    @Test func anEarlierEndStays() throws {
        let world = try World()
        let account = try world.addAccount()
        let end = world.clock.now.adding(seconds: 100)
        let (shown, id) = try world.addAppPassword(account, NewAppPassword(name: "Phone", expires: end))
        try set(world, Policy(maxAge: 86_400))
        let state = try #require(try world.store.account(account))
        #expect(try world.store.appPassword(id: id, account: account)?.end(state.ageLimit) == end)
        world.clock.advance(seconds: 100)
        #expect(outcome(world, shown) == "expired")
    }

    @Test func whatWouldHold() throws {
        let world = try World()
        let account = try world.addAccount()
        let state = try #require(try world.store.account(account))
        let policy = Policy(
            appPasswordsRequired: true, secondFactorRequired: true, maxAge: 60, services: Scope([.imap]))
        try set(world, policy)
        let real = try #require(try world.store.account(account))
        let foretold = state.under(policy, from: world.clock.now)
        #expect(foretold.appPasswordsRequired == real.appPasswordsRequired)
        #expect(foretold.secondFactorRequired == real.secondFactorRequired)
        #expect(foretold.services == real.services && foretold.ageLimit == real.ageLimit)
    }
}
