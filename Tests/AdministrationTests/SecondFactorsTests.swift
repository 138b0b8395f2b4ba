import Administration
import Bytes
import Credentials
import TestSupport
import Testing

/// Second factors: enrolled, confirmed and removed. `RecoveryCodesTests` has their recovery codes.
struct SecondFactorsTests {
    /// Begins an enrolment and returns the URI and the seed in it, in base32.
    private func begin(_ world: AdminWorld) throws -> (uri: String, base32: String) {
        let uri = try text(world.admin.beginEnrolment(world.state()))
        return (uri, String(try #require(uri.firstMatch(of: /secret=([A-Z2-7]{32})&/)).1))
    }

    private func code(_ world: AdminWorld, _ base32: String) throws -> String {
        guard let seed = OTPAuth.seed(base32: base32) else { throw TestFailure("\(base32) is no seed") }
        return TOTP.code(seed: seed, counter: TOTP.step(at: world.now))
    }

    @Test func isOffUntilItIsConfirmed() throws {
        let world = try AdminWorld()
        let (uri, base32) = try begin(world)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "second-factor enroll")])
        #expect(uri.hasPrefix("otpauth://totp/alice@example.org?secret=") && uri.hasSuffix("&issuer=example.org"))
        #expect(try world.state().secondFactor == .off)
        #expect(world.signIn(AdminWorld.mainPassword) == "granted")
        // As a program shows it.
        let first = try code(world, base32)
        let codes = try world.confirm("\(first.prefix(3)) \(first.suffix(3))")
        #expect(codes.count == 10)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "second-factor confirm")])
        let state = try world.state()
        #expect(state.secondFactor == .totp && state.secondFactorSince == world.now)
        #expect(world.signIn(AdminWorld.mainPassword) == "main-password-refused")
        #expect(world.web("") == "second-factor-missing" && world.web(first) == "second-factor-mismatch")
        world.advance(seconds: TOTP.step)
        let next = try code(world, base32)
        #expect(world.web(next) == "granted")
        #expect(try !world.holds(base32))
    }

    /// Another seed each time, of which the last one counts.
    @Test func showsNewSeeds() throws {
        let world = try AdminWorld()
        let first = try begin(world).base32
        let second = try begin(world).base32
        #expect(first != second)
        let outdated = try code(world, first)
        guard case .wrongCode? = try findRefusal({ _ = try world.confirm(outdated) }) else {
            Issue.record("the first seed still counts")
            return
        }
        let right = try code(world, second)
        #expect(try world.confirm(right).count == 10)
    }

    @Test(arguments: ["000000", "", "no code", "1234567", "12345"])
    func refusesWrongCodes(_ code: String) throws {
        let world = try AdminWorld()
        try world.beginEnrolment()
        try world.expectRefused(.wrongCode(nil)) { _ = try world.confirm(code) }
        #expect(try world.newEntries().isEmpty)
        // The seed is still the one that is waited for.
        #expect(try world.confirm(world.code()).count == 10)
    }

    @Test(arguments: [-600, -120, 60, 120] as [Int64])
    func refusesCodesOfAnotherClock(_ seconds: Int64) throws {
        let world = try AdminWorld()
        try world.beginEnrolment()
        let outdated = world.code(ahead: seconds)
        try world.expectRefused(.wrongCode(.otherClock(seconds))) { _ = try world.confirm(outdated) }
        #expect(try world.state().secondFactor == .off)
    }

    @Test func waitsADayForACode() throws {
        for (seconds, isTooLate) in [(AdminWorld.day - 1, false), (AdminWorld.day, true)] {
            let world = try AdminWorld()
            let nothing = Refusal.nothingToConfirm(world.alice)
            try world.expectRefused(nothing) { _ = try world.confirm("000000") }
            try world.beginEnrolment()
            world.advance(seconds: seconds)
            if isTooLate {
                try world.expectRefused(nothing) { _ = try world.confirm(world.code()) }
            } else {
                #expect(try world.confirm(world.code()).count == 10)
            }
        }
    }

    @Test func isRemoved() throws {
        let world = try AdminWorld()
        let none = Refusal.noSecondFactor(world.alice)
        try world.expectRefused(none) { try world.admin.removeSecondFactor(world.state()) }
        let codes = try world.enroll()
        _ = try world.newEntries()
        try world.admin.removeSecondFactor(world.state())
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "second-factor remove")])
        #expect(try world.state().secondFactor == .off)
        #expect(world.web("") == "granted" && world.signIn(AdminWorld.mainPassword) == "granted")
        #expect(try world.store.secondFactorDetail(account: world.alice).recoveryCodes == 0)
        try world.expectRefused(none) { try world.admin.removeSecondFactor(world.state()) }
        // Nothing of it comes back with the next one.
        _ = try world.enroll()
        #expect(world.web(codes[0]) == "second-factor-mismatch")
    }

    /// One that waits for its first code can be given up.
    @Test func isRemovedBeforeItIsConfirmed() throws {
        let world = try AdminWorld()
        try world.beginEnrolment()
        try world.admin.removeSecondFactor(world.state())
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "second-factor remove")])
        try world.expectRefused(.nothingToConfirm(world.alice)) { _ = try world.confirm(world.code()) }
    }

    @Test func externalOneIsOnlyKnown() throws {
        let world = try AdminWorld()
        try world.beginEnrolment()
        _ = try world.admin.setExternalSecondFactor(true, world.state())
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "second-factor external", "on")])
        #expect(world.signIn(AdminWorld.mainPassword) == "main-password-refused")
        #expect(world.web(world.code()) == "second-factor-missing")
        let external = Refusal.secondFactorIsExternal(world.alice)
        try world.expectRefused(external) { _ = try world.admin.beginEnrolment(world.state()) }
        try world.expectRefused(external) { _ = try world.confirm(world.code()) }
        try world.expectRefused(.noSecondFactor(world.alice)) { try world.admin.removeSecondFactor(world.state()) }
        _ = try world.admin.setExternalSecondFactor(false, world.state())
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "second-factor external", "off")])
        #expect(world.signIn(AdminWorld.mainPassword) == "granted")
        // What was begun before is not waited for any more.
        try world.expectRefused(.nothingToConfirm(world.alice)) { _ = try world.confirm(world.code()) }
    }

    @Test(arguments: [true, false])
    func oneThatIsOursIsNotExternal(_ isOn: Bool) throws {
        let world = try AdminWorld()
        _ = try world.enroll()
        _ = try world.newEntries()
        try world.expectRefused(.secondFactorIsOurs(world.alice)) {
            _ = try world.admin.setExternalSecondFactor(isOn, world.state())
        }
        #expect(try world.newEntries().isEmpty)
    }

    /// The account was removed after it was looked up.
    @Test func needsAnAccount() throws {
        let world = try AdminWorld()
        let state = try world.state()
        try world.admin.remove(world.alice)
        let none = Refusal.noAccount(world.alice)
        try world.expectRefused(none) { _ = try world.admin.beginEnrolment(state) }
        try world.expectRefused(none) { _ = try world.admin.setExternalSecondFactor(true, state) }
        try world.expectRefused(none) { _ = try world.admin.replaceRecoveryCodes(state.with(.totp)) }
        try world.expectRefused(none) { try world.admin.removeSecondFactor(state.with(.totp)) }
    }
}
