import Administration
import Bytes
import Credentials
import TestSupport
import Testing

/// App passwords that take the place of others.
struct SuccessorTests {
    private static let week = 7 * AdminWorld.day

    /// Rotates an app password and returns the id and the secret of the successor.
    private func rotate(
        _ world: AdminWorld, _ id: String, expires: Timestamp? = nil, grace: Int64 = week
    ) throws -> (id: String, secret: String) {
        let prepared = try world.admin.prepareSuccessor(of: id, expires: expires, grace: grace, for: world.alice)
        let secret = text(prepared.secret)
        return (try world.admin.add(prepared), secret)
    }

    @Test func takesThePlaceOfTheOldOne() throws {
        let world = try AdminWorld()
        let network = try #require(CIDR("192.0.2.0/24"))
        let old = try world.create(
            NewAppPassword(
                name: "My Phone", scope: Scope([.imap]), networks: [network], expires: world.after(days: 90)))
        _ = try world.newEntries()
        world.advance(seconds: 10 * AdminWorld.day)
        let before = try world.dump()
        let prepared = try world.admin.prepareSuccessor(
            of: old.id.uppercased(), expires: nil, grace: Self.week, for: world.alice)
        let isUnchanged = try world.dump() == before
        let (end, oldEnd, shown) = (world.after(days: 7), prepared.oldEnd, text(prepared.secret))
        #expect(isUnchanged && oldEnd == end)
        let id = try world.admin.add(prepared)
        let detail = "\(old.id) to \(id) My%20Phone, until \(end.iso8601)"
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "app-password rotate", detail)])
        let new = try world.appPassword(id)
        #expect(new.name == "My Phone" && new.kind == .generated && new.scope == Scope([.imap]))
        #expect(new.networks == [network] && new.created == world.now && new.successor == nil)
        // The same life, from now on.
        #expect(new.expires == world.after(days: 90))
        let replaced = try world.appPassword(old.id)
        #expect(replaced.expires == end && replaced.successor == id && replaced.revoked == nil)
        world.advance(seconds: Self.week - 1)
        #expect(world.signIn(old.secret) == "granted" && world.signIn(shown) == "granted")
        world.advance(seconds: 1)
        #expect(world.signIn(old.secret) == "expired" && world.signIn(shown) == "granted")
        #expect(try !world.holds(shown) && !world.holds(shown.filter { $0 != "-" }))
    }

    @Test func compactStaysCompact() throws {
        let world = try AdminWorld()
        let old = try world.create(isCompact: true)
        let new = try rotate(world, old.id)
        #expect(new.secret.count == 19)
        #expect(try world.appPassword(new.id).kind == .compact)
        #expect(world.signIn(new.secret) == "granted" && world.signIn(old.secret) == "granted")
    }

    @Test func happensOnce() throws {
        let world = try AdminWorld()
        let old = try world.create()
        let new = try rotate(world, old.id)
        _ = try world.newEntries()
        try world.expectRefused(.rotatedBefore(old.id, successor: new.id)) { _ = try rotate(world, old.id) }
        #expect(try world.newEntries().isEmpty)
        // The successor can have one in its turn.
        let third = try rotate(world, new.id)
        #expect(try world.appPassword(new.id).successor == third.id)
    }

    /// In days: the old one's life, what policy allows by now, what is asked for, and the successor's life.
    @Test(
        arguments: [
            (nil, nil, nil, nil), (90, nil, nil, 90), (90, nil, 120, 120), (90, nil, 1, 1), (nil, 30, nil, 30),
            (90, 30, nil, 30), (20, 30, nil, 20), (20, 30, 30, 30),
        ] as [(Int64?, Int64?, Int64?, Int64?)])
    func livesAsLong(_ life: Int64?, _ maxAge: Int64?, _ asked: Int64?, _ expected: Int64?) throws {
        let world = try AdminWorld()
        let old = try world.create(NewAppPassword(name: "x", expires: life.map { world.after(days: $0) }))
        world.advance(seconds: 10 * AdminWorld.day)
        if let maxAge {
            let policy = PolicyChange(Policy(maxAge: maxAge * AdminWorld.day))
            try world.admin.setPolicy(policy, "max-age \(maxAge)d", domain: "example.org")
        }
        let new = try rotate(world, old.id, expires: asked.map { world.after(days: $0) })
        #expect(try world.appPassword(new.id).expires == expected.map { world.after(days: $0) })
    }

    @Test func refusesEnds() throws {
        let world = try AdminWorld()
        let old = try world.create()
        let maxAge = 30 * AdminWorld.day
        try world.admin.setPolicy(PolicyChange(Policy(maxAge: maxAge)), "max-age 30d", world.alice)
        let (latest, late) = (world.after(days: 30), world.after(days: 31))
        try world.expectRefused(.endsTooLate(maxAge: maxAge, latest: latest)) {
            _ = try rotate(world, old.id, expires: late)
        }
        try world.expectRefused(.endsInThePast(world.now)) { _ = try rotate(world, old.id, expires: world.now) }
    }

    @Test func graceHasALimit() throws {
        let world = try AdminWorld()
        #expect(Administrator.maxGrace == 90 * AdminWorld.day)
        let old = try world.create()
        try world.expectRefused(.graceTooLong(max: Administrator.maxGrace)) {
            _ = try rotate(world, old.id, grace: Administrator.maxGrace + 1)
        }
        _ = try rotate(world, old.id, grace: Administrator.maxGrace)
        #expect(try world.appPassword(old.id).expires == world.after(days: 90))
        // None: the old one ends at once.
        let other = try world.create()
        _ = try rotate(world, other.id, grace: 0)
        #expect(world.signIn(other.secret) == "expired")
    }

    /// An old one that ends before the grace does is not made to live longer.
    @Test func graceProlongsNothing() throws {
        let world = try AdminWorld()
        let end = world.after(days: 1)
        let old = try world.create(NewAppPassword(name: "x", expires: end))
        let prepared = try world.admin.prepareSuccessor(of: old.id, expires: nil, grace: Self.week, for: world.alice)
        let oldEnd = prepared.oldEnd
        #expect(oldEnd == end)
        _ = try world.admin.add(prepared)
        #expect(try world.appPassword(old.id).expires == end)
    }

    /// A successor is for what signs in: not for what is disabled, revoked, of a session or of somebody else.
    @Test func needsOneThatSignsIn() throws {
        let world = try AdminWorld()
        let session = try world.openSession().id
        let (disabled, revoked) = (try world.create().id, try world.create().id)
        _ = try world.admin.changeAppPasswords(.ids([disabled]), .disable, world.alice)
        _ = try world.admin.changeAppPasswords(.ids([revoked]), .revoke, world.alice)
        let bob = try world.world.addAccount("bob@example.org")
        let (_, foreign) = try world.world.addAppPassword(bob)
        _ = try world.newEntries()
        for id in [session, disabled, revoked, foreign, "nonesuch", ""] {
            try world.expectRefused(.noneToRotate(world.alice)) { _ = try rotate(world, id) }
        }
        #expect(try world.newEntries().isEmpty)
    }

    /// It takes a place; it is not one more.
    @Test func doesNotCountAgainstTheLimit() throws {
        let world = try AdminWorld()
        let old = try world.create()
        try world.admin.setPolicy(PolicyChange(Policy(maxAppPasswords: 1)), "max-app-passwords 1", world.alice)
        let new = try rotate(world, old.id)
        #expect(world.signIn(old.secret) == "granted" && world.signIn(new.secret) == "granted")
        try world.expectRefused(.tooManyAppPasswords(world.alice, live: 2)) { _ = try world.create() }
    }
}
