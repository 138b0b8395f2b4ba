import Administration
import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// App passwords: made, disabled, enabled and revoked. `SuccessorTests` has their rotation.
struct AppPasswordsTests {
    @Test func isNothingBeforeItIsAdded() throws {
        let world = try AdminWorld()
        let network = try #require(CIDR("192.0.2.0/24"))
        let new = NewAppPassword(name: "Ann's 1st <Phone>", scope: Scope([.imap, .smtp]), networks: [network])
        let before = try world.dump()
        let prepared = try world.admin.prepare(new, isCompact: false, for: world.alice)
        let isUnchanged = try world.dump() == before
        let (shown, oldEnd) = (text(prepared.secret), prepared.oldEnd)
        #expect(isUnchanged && oldEnd == nil)
        #expect(shown.wholeMatch(of: /([0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}/) != nil)
        #expect(world.signIn(shown) == "mismatch")
        let id = try world.admin.add(prepared)
        let entry = Entry(AdminWorld.address, "app-password create", "\(id) Ann%27s%201st%20%3CPhone%3E")
        #expect(try world.newEntries() == [entry])
        let stored = try world.appPassword(id)
        #expect(stored.name == new.name && stored.kind == .generated && stored.scope == new.scope)
        #expect(stored.networks == [network] && stored.expires == nil && stored.created == world.now)
        #expect(world.signIn(shown) == "granted" && world.signIn(shown, "pop3") == "out-of-scope")
        #expect(world.signIn(shown, from: "198.51.100.1") == "network-not-allowed")
        #expect(try !world.holds(shown) && !world.holds(shown.filter { $0 != "-" }))
    }

    @Test func compactKindIsShorter() throws {
        let world = try AdminWorld()
        let (id, shown) = try world.create(isCompact: true)
        #expect(shown.wholeMatch(of: /([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}/) != nil)
        #expect(try world.appPassword(id).kind == .compact)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "app-password create", "\(id) Phone")])
        #expect(world.signIn(shown) == "granted" && world.signIn(shown.uppercased()) == "granted")
        #expect(try !world.holds(shown.filter { $0 != "-" }))
    }

    @Test(arguments: ["", String(repeating: "x", count: 65), "a\nb", "a\u{7}", "a\u{202e}b", "a\u{200b}b", "\u{e000}"])
    func refusesNames(_ name: String) throws {
        let world = try AdminWorld()
        try world.expectRefused(.appPasswordName) { _ = try world.create(NewAppPassword(name: name)) }
        #expect(try world.newEntries().isEmpty)
    }

    @Test(arguments: ["x", String(repeating: "ä", count: 64), "Büro, 2. Stock 📱", "=cmd(\"x\")"])
    func takesNames(_ name: String) throws {
        let world = try AdminWorld()
        #expect(try world.appPassword(world.create(NewAppPassword(name: name)).id).name == name)
    }

    @Test(arguments: [Scope([.web]), Scope([.imap, .web])])
    func neverOpensTheWeb(_ scope: Scope) throws {
        let world = try AdminWorld()
        try world.expectRefused(.appPasswordForWeb) { _ = try world.create(NewAppPassword(name: "x", scope: scope)) }
    }

    /// In days: what policy allows, what is asked for, and when it ends. 0 is no limit.
    @Test(
        arguments: [
            (nil, nil, nil), (nil, 10, 10), (0, nil, nil), (0, 400, 400), (30, nil, 30), (30, 30, 30), (30, 1, 1),
        ] as [(Int64?, Int64?, Int64?)])
    func endsWhenAskedOrAsPolicySays(_ maxAge: Int64?, _ asked: Int64?, _ end: Int64?) throws {
        let world = try AdminWorld()
        let policy = PolicyChange(Policy(maxAge: maxAge.map { $0 * AdminWorld.day }))
        try world.admin.setPolicy(policy, "max-age", domain: "example.org")
        let (id, shown) = try world.create(NewAppPassword(name: "x", expires: asked.map { world.after(days: $0) }))
        #expect(try world.appPassword(id).expires == end.map { world.after(days: $0) })
        guard let end else { return }
        world.advance(seconds: end * AdminWorld.day - 1)
        #expect(world.signIn(shown) == "granted")
        world.advance(seconds: 1)
        #expect(world.signIn(shown) == "expired")
    }

    @Test func refusesEnds() throws {
        let world = try AdminWorld()
        func create(_ end: Timestamp) throws { _ = try world.create(NewAppPassword(name: "x", expires: end)) }
        for end in [world.now, world.after(days: -1), Timestamp(0)] {
            try world.expectRefused(.endsInThePast(end)) { try create(end) }
        }
        let maxAge = 30 * AdminWorld.day
        try world.admin.setPolicy(PolicyChange(Policy(maxAge: maxAge)), "max-age 30d", world.alice)
        _ = try world.newEntries()
        let latest = world.after(days: 30)
        try world.expectRefused(.endsTooLate(maxAge: maxAge, latest: latest)) { try create(latest.adding(seconds: 1)) }
        try world.expectRefused(.endsInThePast(world.now)) { try create(world.now) }
        #expect(try world.newEntries().isEmpty)
    }

    /// What has ended, is revoked or is of a session does not count; what is disabled does.
    @Test func noMoreThanPolicyAllows() throws {
        let world = try AdminWorld()
        try world.admin.setPolicy(PolicyChange(Policy(maxAppPasswords: 2)), "2", domain: "example.org")
        _ = try world.openSession()
        let revoked = try world.create().id
        _ = try world.admin.changeAppPasswords(.ids([revoked]), .revoke, world.alice)
        _ = try world.create(NewAppPassword(name: "x", expires: world.now.adding(seconds: 10)))
        world.advance(seconds: 10)
        let disabled = try world.create().id
        _ = try world.admin.changeAppPasswords(.ids([disabled]), .disable, world.alice)
        let one = try world.admin.prepare(NewAppPassword(name: "x"), isCompact: false, for: world.alice)
        let other = try world.admin.prepare(NewAppPassword(name: "x"), isCompact: false, for: world.alice)
        _ = try world.admin.add(one)
        // It counts when it is added.
        try world.expectRefused(.tooManyAppPasswords(world.alice, live: 2)) { _ = try world.admin.add(other) }
        // An account's own policy overrides its domain's; 0 is no limit.
        try world.admin.setPolicy(PolicyChange(Policy(maxAppPasswords: 0)), "none", world.alice)
        #expect(try world.appPassword(world.create().id).state(at: world.now) == .active)
        let none = try World.name("nobody@example.com")
        try world.expectRefused(.noAccount(none)) {
            _ = try world.admin.add(try world.admin.prepare(NewAppPassword(name: "x"), isCompact: false, for: none))
        }
    }

    @Test func isDisabledEnabledAndRevokedById() throws {
        let world = try AdminWorld()
        let (id, shown) = try world.create()
        let other = try world.create()
        _ = try world.newEntries()
        let steps: [(Store.AppPasswordChange, String, String)] = [
            (.disable, "app-password disable", "app-password-disabled"), (.enable, "app-password enable", "granted"),
            (.revoke, "app-password revoke", "revoked"),
        ]
        for (kind, action, outcome) in steps {
            #expect(try world.admin.changeAppPasswords(.ids([id.uppercased(), id]), kind, world.alice) == 1)
            #expect(try world.newEntries() == [Entry(AdminWorld.address, action, id)])
            #expect(world.signIn(shown) == outcome && world.signIn(other.secret) == "granted")
        }
        // Permanently, and one id that is wrong stops all.
        for kind in [Store.AppPasswordChange.enable, .disable, .revoke] {
            for ids in [[id], [other.id, id], [other.id, "nonesuch"]] {
                try world.expectRefused(.noAppPassword(world.alice)) {
                    _ = try world.admin.changeAppPasswords(.ids(ids), kind, world.alice)
                }
            }
        }
        #expect(try world.admin.changeAppPasswords(.ids([]), .revoke, world.alice) == 0)
        #expect(try world.newEntries().isEmpty && world.signIn(other.secret) == "granted")
    }

    @Test func allAtOnce() throws {
        let world = try AdminWorld()
        let made = try (0..<3).map { _ in try world.create() }
        _ = try world.admin.changeAppPasswords(.ids([made[0].id]), .revoke, world.alice)
        _ = try world.newEntries()
        let ids = made.dropFirst().map { $0.id }.sorted().joined(separator: " ")
        #expect(try world.admin.changeAppPasswords(.all, .revoke, world.alice) == 2)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "app-password revoke", ids)])
        #expect(made.allSatisfy { world.signIn($0.secret) == "revoked" })
        #expect(try world.admin.changeAppPasswords(.all, .revoke, world.alice) == 0)
        #expect(try world.newEntries().isEmpty)
    }

    /// Neither made nor used since then; what is of a session is not touched.
    @Test func unusedSinceATime() throws {
        let world = try AdminWorld()
        let session = try world.openSession()
        let (used, unused) = (try world.create(), try world.create())
        let start = world.now
        _ = try world.newEntries()
        world.advance(seconds: 100 * AdminWorld.day)
        try world.mark(used.id, .imap)
        let new = try world.create()
        _ = try world.newEntries()
        for future in [world.now, world.after(days: 1)] {
            try world.expectRefused(.unusedSinceTheFuture(future)) {
                _ = try world.admin.changeAppPasswords(.unusedSince(future), .revoke, world.alice)
            }
        }
        #expect(try world.admin.changeAppPasswords(.unusedSince(start), .revoke, world.alice) == 0)
        #expect(try world.newEntries().isEmpty)
        let later = start.adding(seconds: 1)
        #expect(try world.admin.changeAppPasswords(.unusedSince(later), .revoke, world.alice) == 1)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "app-password revoke", unused.id)])
        for id in [used.id, new.id, session.id] { #expect(try world.appPassword(id).revoked == nil) }
        #expect(world.signIn(unused.secret) == "revoked")
    }
}
