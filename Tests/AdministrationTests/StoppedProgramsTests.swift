import Administration
import Bytes
import Credentials
import TestSupport
import Testing

/// Programs that sign in today and cannot after a change.
struct StoppedProgramsTests {
    /// Those that a second factor would stop which is managed elsewhere. It is switched on.
    private func stop(_ world: AdminWorld) throws -> [String] {
        words(try world.admin.setExternalSecondFactor(true, world.state()).programs)
    }

    /// Those that a policy of the account would stop.
    private func stop(_ world: AdminWorld, _ policy: Policy) throws -> [String] {
        words(try world.admin.effect(of: PolicyChange(policy), on: world.state())?.stopped ?? [])
    }

    private func words(_ programs: [StoppedPrograms.Program]) -> [String] {
        programs.map {
            "\($0.service) \($0.credential) \($0.network)" + ($0.needsEnrolment ? ", needs enrolment" : "")
        }.sorted()
    }

    @Test func secondFactorStopsTheMainPassword() throws {
        let world = try AdminWorld()
        let id = try world.create().id
        try world.mark(Store.mainCredential, .imap)
        try world.mark(Store.mainCredential, .smtp, from: "198.51.100.9")
        try world.mark(Store.mainCredential, .smtp, from: "2001:db8::1")
        try world.mark(Store.mainCredential, .web)
        try world.mark(id, .imap)
        #expect(
            try stop(world) == [
                "imap main 192.0.2.7", "smtp main 198.51.100.9", "smtp main 2001:db8::/64", "web main 192.0.2.7",
            ])
        // What stopped already does not stop again, and what is switched off stops nothing.
        #expect(try stop(world).isEmpty)
        #expect(try world.admin.setExternalSecondFactor(false, world.state()).programs.isEmpty)
    }

    /// With a code the main password still opens the web.
    @Test func confirmedOneLeavesTheWeb() throws {
        let world = try AdminWorld()
        try world.mark(Store.mainCredential, .sieve)
        try world.mark(Store.mainCredential, .web)
        let uri = try text(world.admin.beginEnrolment(world.state()))
        let base32 = String(try #require(uri.firstMatch(of: /secret=([A-Z2-7]{32})&/)).1)
        guard let seed = OTPAuth.seed(base32: base32) else { throw TestFailure("\(base32) is no seed") }
        let code = TOTP.code(seed: seed, counter: TOTP.step(at: world.now))
        let confirmed = try world.admin.confirmEnrolment(world.state(), code: secret(code))
        let programs = confirmed.stopped.programs
        #expect(words(programs) == ["sieve main 192.0.2.7"] && programs[0].last == world.now)
    }

    /// A webmail reads mail again once a second factor is enrolled; a mail program needs an app password.
    @Test func webmailNeedsAnEnrolment() throws {
        let world = try AdminWorld()
        try world.mark(Store.mainCredential, .web)
        try world.mark(Store.mainCredential, .pop3)
        #expect(
            try stop(world, Policy(secondFactorRequired: true)) == [
                "pop3 main 192.0.2.7", "web main 192.0.2.7, needs enrolment",
            ])
        #expect(try stop(world, Policy(appPasswordsRequired: true)) == ["pop3 main 192.0.2.7"])
    }

    @Test func thirtyDaysAreRecent() throws {
        let world = try AdminWorld()
        try world.mark(Store.mainCredential, .pop3, at: world.after(days: -30).adding(seconds: -1))
        try world.mark(Store.mainCredential, .imap, at: world.after(days: -30))
        #expect(StoppedPrograms.days == 30)
        #expect(try stop(world) == ["imap main 192.0.2.7"])
    }

    /// Services that policy takes away stop app passwords, too: one that is allowed from some networks, in these.
    @Test func servicesStopAppPasswords() throws {
        let world = try AdminWorld()
        let network = try #require(CIDR("192.0.2.0/24"))
        let near = try world.create(NewAppPassword(name: "x", networks: [network])).id
        let far = try world.create().id
        try world.mark(near, .pop3)
        try world.mark(far, .pop3, from: "198.51.100.9")
        try world.mark(far, .imap, from: "198.51.100.9")
        let stopped = ["pop3 \(near) 192.0.2.7", "pop3 \(far) 198.51.100.9"].sorted()
        #expect(try stop(world, Policy(services: Scope([.imap, .smtp]))) == stopped)
        #expect(try stop(world, Policy(services: .mail)).isEmpty)
        // App passwords are what a second factor and policy ask for.
        #expect(try stop(world, Policy(appPasswordsRequired: true, secondFactorRequired: true)).isEmpty)
    }

    /// What cannot sign in today cannot stop.
    @Test func leavesOutWhatIsRefusedAlready() throws {
        let world = try AdminWorld()
        let (revoked, disabled) = (try world.create().id, try world.create().id)
        let expired = try world.create(NewAppPassword(name: "x", expires: world.after(days: 1))).id
        let narrow = try world.create(NewAppPassword(name: "x", scope: Scope([.smtp]))).id
        _ = try world.admin.changeAppPasswords(.ids([revoked]), .revoke, world.alice)
        _ = try world.admin.changeAppPasswords(.ids([disabled]), .disable, world.alice)
        for id in [revoked, disabled, expired, narrow, "nonesuch", Store.sessionCredential] {
            try world.mark(id, .pop3)
        }
        world.advance(seconds: AdminWorld.day)
        #expect(try stop(world, Policy(services: Scope([.imap]))).isEmpty)
    }

    @Test func leavesOutDisabledAccounts() throws {
        let world = try AdminWorld()
        let id = try world.create().id
        try world.mark(Store.mainCredential, .imap)
        try world.mark(id, .imap)
        let policy = Policy(appPasswordsRequired: true, services: Scope([.smtp]))
        #expect(try stop(world, policy).count == 2)
        try world.admin.disable(world.alice, until: world.now.adding(seconds: 1))
        #expect(try stop(world, policy).isEmpty)
        world.advance(seconds: 1)
        #expect(try stop(world, policy).count == 2)
    }
}
