import Administration
import Bytes
import Credentials
import TestSupport
import Testing

/// Recovery codes, from their making to their use.
struct RecoveryCodesTests {
    @Test func areTenOfOneForm() throws {
        let world = try AdminWorld()
        let codes = try world.enroll()
        #expect(codes.count == 10 && Set(codes).count == 10)
        for code in codes {
            #expect(code.wholeMatch(of: /([0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}/) != nil, "\(code)")
        }
        let dump = try world.dump()
        let isHeld = codes.contains { code in dump.contains(code) || dump.contains(code.filter { $0 != "-" }) }
        #expect(!isHeld)
    }

    /// Each opens the web once, in any case, and nothing else.
    @Test func workOnce() throws {
        let world = try AdminWorld()
        for (number, code) in try world.enroll().enumerated() {
            #expect(world.signIn(code) == "mismatch", "\(number)")
            #expect(world.web(number == 0 ? code.uppercased() : code) == "granted", "\(number)")
            #expect(world.web(code) == "second-factor-mismatch", "\(number)")
        }
        let detail = try world.store.secondFactorDetail(account: world.alice)
        #expect(detail.recoveryCodes == 10 && detail.unusedRecoveryCodes == 0)
    }

    @Test func areReplaced() throws {
        let world = try AdminWorld()
        let old = try world.enroll()
        _ = try world.newEntries()
        let new = try world.replaceRecoveryCodes()
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "second-factor recovery-codes")])
        #expect(new.count == 10 && Set(new).isDisjoint(with: old))
        #expect(world.web(old[0]) == "second-factor-mismatch" && world.web(new[0]) == "granted")
        let detail = try world.store.secondFactorDetail(account: world.alice)
        #expect(detail.recoveryCodes == 10 && detail.unusedRecoveryCodes == 9)
    }

    /// A code of one account is none of another's.
    @Test func belongToTheAccount() throws {
        let world = try AdminWorld()
        let codes = try world.enroll()
        let bob = try world.world.addAccount("bob@example.org", password: "main secret")
        let isEnrolled = try world.store.enrolTOTP(
            account: bob, seed: secret("abcdefghijklmnopqrst"), keys: world.store.keys, change: world.world.change())
        #expect(isEnrolled)
        #expect(world.signIn("main secret", "web", as: bob.text, code: codes[0]) == "second-factor-mismatch")
        #expect(world.web(codes[0]) == "granted")
    }

    /// Without a second factor that is managed here there are none.
    @Test func needASecondFactor() throws {
        let world = try AdminWorld()
        let none = Refusal.noSecondFactor(world.alice)
        try world.expectRefused(none) { _ = try world.replaceRecoveryCodes() }
        try world.beginEnrolment()
        try world.expectRefused(none) { _ = try world.replaceRecoveryCodes() }
        _ = try world.admin.setExternalSecondFactor(true, world.state())
        _ = try world.newEntries()
        try world.expectRefused(none) { _ = try world.replaceRecoveryCodes() }
        #expect(try world.newEntries().isEmpty)
    }
}
