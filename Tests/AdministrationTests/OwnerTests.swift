import Administration
import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// What an owner may do on the page, and what not.
struct OwnerTests {
    private typealias Action = @Sendable (Owner, AdminWorld, String) throws -> Void

    /// Each change, and whether it needs a full sign-in of the last minutes.
    private static let actions: [(name: String, needsConfirmation: Bool, run: Action)] = [
        (
            "create", true,
            { owner, world, _ in
                _ = try owner.create(NewAppPassword(name: "x"), isCompact: false, form: world.form())
            }
        ),
        ("rotate", true, { owner, world, id in _ = try owner.rotate(id, grace: 60, form: world.form()) }),
        (
            "widen", true,
            { owner, world, id in
                try owner.alter(id, name: "Phone", scope: .mail, networks: [], form: world.form())
            }
        ),
        ("put back", true, { owner, world, id in try owner.putBack(id, form: world.form()) }),
        ("enrol", true, { owner, world, _ in _ = try owner.beginEnrolment(form: world.form()) }),
        (
            "confirm", false,
            { owner, world, _ in
                _ = try owner.confirmEnrolment(code: secret("000000"), form: world.form())
            }
        ),
        ("codes", true, { owner, world, _ in _ = try owner.replaceRecoveryCodes(form: world.form()) }),
        ("factor off", true, { owner, world, _ in try owner.removeSecondFactor(form: world.form()) }),
        (
            "password", true,
            { owner, world, _ in
                try owner.setMainPassword(
                    secret("a new main secret"), endsSessions: true, revokesAll: false, form: world.form())
            }
        ),
        (
            "rename", false,
            { owner, world, id in
                try owner.alter(id, name: "Other", scope: Scope([.imap]), networks: [], form: world.form())
            }
        ),
        ("pause", false, { owner, world, id in try owner.pause(id, form: world.form()) }),
        ("resume", false, { owner, world, id in try owner.resume(id, form: world.form()) }),
        ("revoke", false, { owner, world, id in try owner.revoke(id, form: world.form()) }),
        ("end sessions", false, { owner, world, _ in try owner.endSessions(nil, form: world.form()) }),
    ]

    @Test func whatNeedsAFullSignIn() throws {
        for (name, needsConfirmation, run) in Self.actions {
            let world = try AdminWorld()
            let token = try world.openOwnerSession()
            let id = try world.create(NewAppPassword(name: "Phone", scope: Scope([.imap]))).id
            world.advance(seconds: OwnerSession.confirmedTime)
            let owner = try world.owner(token)
            let before = try world.dump()
            let refusal = try findRefusal { try run(owner, world, id) }
            #expect(
                (refusal.map { "\($0)" } == "notConfirmed") == needsConfirmation,
                "\(name) \(String(describing: refusal))")
            if needsConfirmation { #expect(try world.dump() == before, "\(name)") }
        }
    }

    /// Nothing new can be made before the main password is changed, or before the second factor is on that policy requires.
    @Test func whatIsDueComesFirst() throws {
        for (name, _, run) in Self.actions {
            for due in ["must change", "second factor"] {
                let world = try AdminWorld()
                if due == "must change" { try world.admin.setMustChange(true, world.alice) }
                let policy = PolicyChange(Policy(secondFactorRequired: true))
                if due == "second factor" { try world.admin.setPolicy(policy, "on", domain: "example.org") }
                let id = try world.create(NewAppPassword(name: "Phone", scope: Scope([.imap]))).id
                let owner = try world.owner(try world.openOwnerSession())
                let refusal = try findRefusal { try run(owner, world, id) }.map { "\($0)" } ?? ""
                let isRefused = refusal.hasPrefix("mustChangeFirst") || refusal.hasPrefix("enrolFirst")
                let extends = ["create", "rotate", "widen", "put back"].contains(name)
                let unlocks = ["enrol", "confirm", "codes", "factor off", "resume"].contains(name)
                #expect(isRefused == (extends || unlocks && due == "must change"), "\(name) \(due) \(refusal)")
            }
        }
    }

    /// An operator's change ends the session while the owner's change is on its way, such as during a slow hash.
    @Test func nothingIsDoneOnceTheSessionHasEnded() throws {
        for (name, _, run) in Self.actions {
            let world = try AdminWorld()
            let token = try world.openOwnerSession()
            let id = try world.create(NewAppPassword(name: "Phone", scope: Scope([.imap]))).id
            let owner = try world.owner(token)
            let new = try world.admin.mainPassword(secret("the operator's choice"), world.alice, present: world.state())
            try world.admin.setMainPassword(new, world.alice)
            try world.expectRefused(.sessionEnded) { try run(owner, world, id) }
            #expect(world.signIn("the operator's choice") == "granted", "\(name)")
        }
    }

    /// The same while a sign-in is on its way to its session.
    @Test(arguments: ["main password", "second factor", "disable", "remove"])
    func noSessionWithAReplacedPassword(_ change: String) throws {
        let world = try AdminWorld()
        let granted = try world.state()
        switch change {
        case "main password":
            let new = try world.admin.mainPassword(secret("a new main secret"), world.alice, present: granted)
            try world.admin.setMainPassword(new, world.alice)
        case "second factor": _ = try world.enroll()
        case "disable": try world.admin.disable(world.alice, until: nil)
        default: try world.admin.remove(world.alice)
        }
        try world.expectRefused(.sessionEnded) {
            _ = try world.ownerAdmin.openSession(granted, from: Network(of: IPAddress("192.0.2.7")))
        }
    }

    @Test func mustChangeWantsAnotherPassword() throws {
        let world = try AdminWorld()
        try world.admin.setMustChange(true, world.alice)
        let token = try world.openOwnerSession()
        let new = "another main secret"
        try world.owner(token).setMainPassword(
            secret(new), endsSessions: true, revokesAll: false, form: world.form())
        try world.admin.setMustChange(true, world.alice)
        let fresh = try world.openOwnerSession()
        _ = try world.owner(fresh)
        let refusal = try findRefusal {
            try world.owner(fresh).setMainPassword(
                secret(new), endsSessions: true, revokesAll: false, form: world.form())
        }
        #expect(refusal.map { "\($0)".hasPrefix("samePassword") } == true)
        try world.owner(fresh).setMainPassword(
            secret("a new main secret"), endsSessions: true, revokesAll: false, form: world.form())
        #expect(try !world.state().mustChange)
    }

    @Test func noMoreNetworksThanThePageShows() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        let networks = try (0...Owner.maxNetworks).map { try #require(CIDR("192.0.2.\($0)")) }
        try world.expectRefused(.tooManyNetworks(max: Owner.maxNetworks)) {
            _ = try world.create(token, NewAppPassword(name: "x", networks: networks))
        }
        // Those that an operator or an import gave it stay.
        let id = try world.create(NewAppPassword(name: "x", networks: networks)).id
        try world.owner(token).alter(id, name: "y", scope: .mail, networks: networks, form: world.form())
        #expect(try world.appPassword(id).name == "y")
    }

    @Test func eachFormOnce() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        let form = try world.form()
        let made = try world.owner(token).create(NewAppPassword(name: "x"), isCompact: false, form: form)
        #expect(!made.id.isEmpty)
        try world.expectRefused(.formUsedBefore) {
            _ = try world.owner(token).create(NewAppPassword(name: "x"), isCompact: false, form: form)
        }
        for form in [[], [1], [UInt8](repeating: 0, count: 17)] {
            try world.expectRefused(.formUsedBefore) { try world.owner(token).pause(made.id, form: form) }
        }
        // Another session has forms of its own.
        let other = try world.openOwnerSession()
        try world.owner(other).pause(made.id, form: form)
    }

    @Test func limitsOfASession() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        for _ in 0..<OwnerSession.maxSecretsPerHour { _ = try world.create(token) }
        try world.expectRefused(.tooManyNew(max: OwnerSession.maxSecretsPerHour)) { _ = try world.create(token) }
        let id = try world.create().id
        for _ in 0..<(OwnerSession.maxFormsPerMinute - OwnerSession.maxSecretsPerHour) {
            try world.owner(token).pause(id, form: world.form())
        }
        try world.expectRefused(.tooManyForms) { try world.owner(token).pause(id, form: world.form()) }
        // A new session brings no new budget.
        let other = try world.openOwnerSession()
        try world.expectRefused(.tooManyForms) { try world.owner(other).pause(id, form: world.form()) }
        world.advance(seconds: 61)
        try world.owner(token).pause(id, form: world.form())
        _ = try world.owner(other)
        try world.expectRefused(.tooManyNew(max: OwnerSession.maxSecretsPerHour)) { _ = try world.create(other) }
    }

    @Test func narrowsAtOnceAndWidensAfterASignIn() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        let (block, inside) = (try #require(CIDR("192.0.2.0/24")), try #require(CIDR("192.0.2.7")))
        let (id, shown) = try world.create(token, NewAppPassword(name: "x", networks: [block]))
        _ = try world.newEntries()
        world.advance(seconds: OwnerSession.confirmedTime)
        // Records that the session was used.
        _ = try world.owner(token)
        func alter(_ scope: Scope, _ networks: [CIDR]) throws {
            try world.owner(token).alter(id, name: "Büro", scope: scope, networks: networks, form: world.form())
        }
        for (scope, networks) in [(Scope.mail, []), (.mail, [try #require(CIDR("192.0.2.0/23"))])] {
            try world.expectRefused(.notConfirmed) { try alter(scope, networks) }
        }
        try alter(Scope([.imap]), [inside])
        let entry = try #require(try world.newEntries().first)
        #expect(
            entry.action == "app-password change" && entry.detail == "\(id) imap 192.0.2.7" && entry.actor == "owner")
        #expect(try world.appPassword(id).name == "Büro")
        #expect(world.signIn(shown, "smtp") == "out-of-scope" && world.signIn(shown) == "granted")
        #expect(world.signIn(shown, from: "192.0.2.8") == "network-not-allowed")
        try world.expectRefused(.notConfirmed) { try alter(Scope([.imap, .smtp]), [inside]) }
        try world.expectRefused(.appPasswordForWeb) { try alter(Scope([.imap, .web]), [inside]) }
        try world.expectRefused(.appPasswordWithoutService) { try alter([], [inside]) }
    }

    /// What the owner paused, the owner resumes; what the operator disabled, the operator enables.
    @Test func resumesOnlyWhatTheOwnerPaused() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        let (id, shown) = try world.create(token)
        try world.owner(token).pause(id, form: world.form())
        #expect(world.signIn(shown) == "app-password-disabled")
        try world.owner(token).resume(id, form: world.form())
        #expect(world.signIn(shown) == "granted")
        try world.owner(token).pause(id, form: world.form())
        try world.owner(token).pause(id, form: world.form())
        try world.owner(token).resume(id, form: world.form())
        #expect(world.signIn(shown) == "granted")
        for isPausedBefore in [true, false] {
            if isPausedBefore { try world.owner(token).pause(id, form: world.form()) }
            _ = try world.admin.changeAppPasswords(.ids([id]), .disable, world.alice)
            // Pausing it does not make it the owner's.
            try world.owner(token).pause(id, form: world.form())
            #expect(throws: AdministrationError.self) { try world.owner(token).resume(id, form: world.form()) }
            #expect(world.signIn(shown) == "app-password-disabled")
        }
        _ = try world.admin.changeAppPasswords(.ids([id]), .enable, world.alice)
        #expect(world.signIn(shown) == "granted")
    }

    // MARK: Put back

    @Test func putsBackForTenMinutes() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        let (one, other) = (try world.create(token), try world.create(token))
        try world.owner(token).revoke(one.id, form: world.form())
        try world.owner(token).revoke(other.id, form: world.form())
        #expect(world.signIn(one.secret) == "revoked")
        try world.owner(token).putBack(one.id, form: world.form())
        #expect(world.signIn(one.secret) == "granted" && world.signIn(other.secret) == "revoked")
        world.advance(seconds: OwnerSession.putBackTime)
        let fresh = text(try world.ownerAdmin.confirm(try world.owner(token).session))
        try world.expectUnchangedSecrets { try world.owner(fresh).putBack(other.id, form: world.form()) }
        #expect(world.signIn(other.secret) == "revoked")
    }

    /// Whoever else revokes, or what follows, is final.
    @Test(arguments: ["another session", "operator", "operator, other one", "password", "must change", "not me"])
    func neverPutBack(_ case: String) throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        let (one, other) = (try world.create(token), try world.create(token))
        if `case` != "operator" { try world.owner(token).revoke(one.id, form: world.form()) }
        var acting = token
        switch `case` {
        case "another session": acting = try world.openOwnerSession()
        case "operator": _ = try world.admin.changeAppPasswords(.ids([one.id]), .revoke, world.alice)
        case "operator, other one": _ = try world.admin.changeAppPasswords(.ids([other.id]), .revoke, world.alice)
        case "must change":
            try world.admin.setMustChange(true, world.alice)
            try world.admin.setMustChange(false, world.alice)
            acting = try world.openOwnerSession()
        default:
            try world.owner(token).setMainPassword(
                secret("a new main secret"), endsSessions: true, revokesAll: `case` == "not me", form: world.form())
        }
        try world.expectUnchangedSecrets { try world.owner(acting).putBack(one.id, form: world.form()) }
        #expect(world.signIn(one.secret) == "revoked")
    }

    @Test func putsBackNoMoreThanPolicyAllows() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        let one = try world.create(token)
        try world.owner(token).revoke(one.id, form: world.form())
        try world.admin.setPolicy(PolicyChange(Policy(maxAppPasswords: 1)), "1", domain: "example.org")
        _ = try world.create(token)
        #expect(throws: AdministrationError.self) { try world.owner(token).putBack(one.id, form: world.form()) }
        #expect(world.signIn(one.secret) == "revoked")
    }

    @Test func endsAsPolicySaysOnceItIsPutBack() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        let one = try world.create(token)
        try world.owner(token).revoke(one.id, form: world.form())
        try world.admin.setPolicy(PolicyChange(Policy(maxAge: 30 * AdminWorld.day)), "30d", domain: "example.org")
        try world.owner(token).putBack(one.id, form: world.form())
        #expect(try world.appPassword(one.id).expires == world.after(days: 30))
    }

    /// Old ones that stay valid for a while count, too.
    @Test func replacingMakesNoMoreThanPolicyAllows() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        try world.admin.setPolicy(PolicyChange(Policy(maxAppPasswords: 1)), "1", domain: "example.org")
        let one = try world.create(token)
        let next = try world.owner(token).rotate(one.id, grace: 3600, form: world.form())
        let id = next.id
        let refusal = try findRefusal { _ = try world.owner(token).rotate(id, grace: 3600, form: world.form()) }
        #expect(refusal.map { "\($0)".hasPrefix("tooManyAppPasswords") } == true)
        _ = try world.owner(token).rotate(id, grace: 0, form: world.form())
        #expect(try world.store.liveAppPasswords(account: world.alice, now: world.now) == 2)
    }

    // MARK: Profile, second factor

    @Test(arguments: [false, true])
    func profileOnlyOfItsOwnSecret(_ isCompact: Bool) throws {
        let servers = "imap_server = imap.example.org\nsmtp_server = smtp.example.org"
        let world = try AdminWorld(servers)
        let token = try world.openOwnerSession()
        let (one, other) = (
            try world.create(token, isCompact: isCompact), try world.create(token, isCompact: isCompact)
        )
        let owner = try world.owner(token)
        let profile = text(try owner.profile(one.id, secret: secret(one.secret), form: world.form()))
        #expect(profile.contains("<string>\(one.secret)</string>"))
        for wrong in [other.secret, "main secret", "", "]]><x>"] {
            #expect(throws: AdministrationError.self) {
                _ = try owner.profile(one.id, secret: secret(wrong), form: world.form())
            }
        }
    }

    @Test func secondFactorThatPolicyRequiresStays() throws {
        let world = try AdminWorld()
        _ = try world.enroll()
        let token = try world.openOwnerSession()
        try world.admin.setPolicy(PolicyChange(Policy(secondFactorRequired: true)), "on", domain: "example.org")
        try world.expectRefused(.secondFactorRequired(world.alice)) {
            try world.owner(token).removeSecondFactor(form: world.form())
        }
        try world.admin.setPolicy(PolicyChange(Policy(secondFactorRequired: false)), "off", domain: "example.org")
        try world.owner(token).removeSecondFactor(form: world.form())
        #expect(try world.state().secondFactor == .off)
    }

    /// A wrong code leaves the seed as it was shown.
    @Test func wrongCodeKeepsTheSeed() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        try world.beginEnrolment()
        #expect(throws: AdministrationError.self) {
            _ = try world.owner(token).confirmEnrolment(code: secret("000000"), form: world.form())
        }
        let confirmed = try world.owner(token).confirmEnrolment(code: secret(world.code()), form: world.form())
        #expect(text(confirmed.codes.text.copy()).split(separator: "\n").count == 10)
        #expect(try world.state().secondFactor == .totp)
    }
}

extension AdminWorld {
    /// Expects that an action is refused.
    fileprivate func expectUnchangedSecrets(_ action: () throws -> Void) throws {
        let refusal = try findRefusal(action)
        #expect(refusal != nil)
    }
}
