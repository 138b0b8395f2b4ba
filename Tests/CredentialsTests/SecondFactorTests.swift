import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// Enrolment, and the use of codes.
struct SecondFactorTests {
    private static let seed = Array("12345678901234567890".utf8)
    private static let other = Array("abcdefghijklmnopqrst".utf8)

    private func code(_ seed: [UInt8], _ time: Timestamp) -> Secret {
        Secret(Array(TOTP.code(seed: Secret(seed), counter: TOTP.step(at: time)).utf8))
    }

    private func begin(_ world: World, _ account: AccountName, _ seed: [UInt8] = seed) throws {
        let isStored = try world.store.beginEnrolment(
            account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        #expect(isStored)
    }

    private func confirm(_ world: World, _ account: AccountName, _ code: consuming Secret, codes: [[UInt8]] = [])
        throws -> Store.Confirmation
    {
        try world.store.confirmEnrolment(
            account: account, code: code, recoveryCodes: codes, keys: world.keys, change: world.change())
    }

    private func use(_ world: World, _ account: AccountName, _ code: consuming Secret) throws -> CodeResult {
        try world.store.useCode(code, account: account, keys: world.keys, now: world.clock.now)
    }

    @Test func nothingIsOnBeforeTheFirstCode() throws {
        let world = try World()
        let account = try world.addAccount()
        #expect(try confirm(world, account, code(Self.seed, world.clock.now)) == .nothingPending)
        try begin(world, account)
        #expect(try world.store.account(account)?.secondFactor == .off)
        #expect(try world.store.secondFactorDetail(account: account).pendingSince == world.clock.now)
        #expect(try confirm(world, account, Secret(Array("000000".utf8))) == .wrong(nil))
        #expect(try confirm(world, account, Secret([])) == .wrong(nil))
        #expect(try world.store.account(account)?.secondFactor == .off)
        #expect(try confirm(world, account, code(Self.seed, world.clock.now)) == .done)
        let state = try #require(try world.store.account(account))
        #expect(state.secondFactor == .totp && state.secondFactorSince == world.clock.now)
        #expect(try world.store.secondFactorDetail(account: account).pendingSince == nil)
    }

    @Test func theFirstCodeIsUsedUp() throws {
        let world = try World()
        let account = try world.addAccount()
        try begin(world, account)
        let now = world.clock.now
        #expect(try confirm(world, account, code(Self.seed, now)) == .done)
        #expect(try use(world, account, code(Self.seed, now)) == .wrong(.used))
        world.clock.advance(seconds: 30)
        #expect(try use(world, account, code(Self.seed, world.clock.now)) == .accepted)
    }

    /// Each code is accepted once, up to one step back and one ahead (RFC 6238, section 6), and none uses up another.
    @Test func stepsAreUsedOneByOne() throws {
        let world = try World()
        let account = try world.addAccount()
        try begin(world, account)
        let start = world.clock.now
        #expect(try confirm(world, account, code(Self.seed, start)) == .done)
        world.clock.advance(seconds: 60)
        func use(_ offset: Int64) throws -> CodeResult {
            try self.use(world, account, code(Self.seed, world.clock.now.adding(seconds: offset)))
        }
        // After the next code, the present one and the previous one still work.
        #expect(try use(30) == .accepted)
        #expect(try use(30) == .wrong(.used))
        #expect(try use(0) == .accepted)
        #expect(try use(-30) == .accepted)
        #expect(try use(0) == .wrong(.used) && use(-30) == .wrong(.used))
        #expect(try use(60) == .wrong(.otherClock(60)))
        // Setting the clock back makes no used code valid again; a clock that was ahead locks nobody out once it is
        // right.
        world.clock.advance(seconds: -60)
        #expect(try use(60) == .wrong(.otherClock(60)) && use(30) == .wrong(.used))
        world.clock.advance(seconds: 86_400)
        #expect(try use(0) == .accepted)
        world.clock.advance(seconds: -86_400 + 120)
        #expect(try use(30) == .accepted)
        // The last hundred uses are remembered, in the order of use and not of the steps.
        for _ in 0..<120 {
            world.clock.advance(seconds: 30)
            #expect(try use(30) == .accepted)
        }
        #expect(try use(30) == .wrong(.used) && use(0) == .wrong(.used) && use(-30) == .wrong(.used))
        #expect(try world.stored.countUsedSteps() == 100)
    }

    @Test(arguments: [(-120, -120), (120, 120), (60, 60), (-600, -600), (600, 600)] as [(Int64, Int64)])
    func clockThatIsOff(_ offset: Int64, _ error: Int64) throws {
        let world = try World()
        let account = try world.addAccount()
        try begin(world, account)
        let wrong = code(Self.seed, world.clock.now.adding(seconds: offset))
        #expect(try confirm(world, account, wrong) == .wrong(.otherClock(error)))
        #expect(try world.store.account(account)?.secondFactor == .off)
        let sentence = CodeFault.otherClock(error).explanation
        #expect(sentence.hasPrefix("of a clock \(abs(error)) seconds \(error > 0 ? "ahead of" : "behind") "))
    }

    @Test func farOffIsJustWrong() throws {
        let world = try World()
        let account = try world.addAccount()
        try begin(world, account)
        let wrong = code(Self.seed, world.clock.now.adding(seconds: 3600))
        #expect(try confirm(world, account, wrong) == .wrong(nil))
    }

    /// After a lost phone, the old seed is valid until a code of the new one is confirmed.
    @Test func enrolledAnew() throws {
        let world = try World()
        let account = try world.addAccount()
        try begin(world, account)
        #expect(try confirm(world, account, code(Self.seed, world.clock.now)) == .done)
        let since = world.clock.now
        world.clock.advance(seconds: 600)
        try begin(world, account, Self.other)
        #expect(try use(world, account, code(Self.seed, world.clock.now)) == .accepted)
        #expect(try use(world, account, code(Self.other, world.clock.now)) == .wrong(nil))
        #expect(try confirm(world, account, code(Self.other, world.clock.now)) == .done)
        #expect(try world.store.account(account)?.secondFactorSince == since)
        world.clock.advance(seconds: 60)
        #expect(try use(world, account, code(Self.seed, world.clock.now)) == .wrong(nil))
        #expect(try use(world, account, code(Self.other, world.clock.now)) == .accepted)
    }

    @Test func recoveryCodesWorkOnceAndAreReplaced() throws {
        let world = try World()
        let account = try world.addAccount()
        try begin(world, account)
        let texts = try (0..<2).map { _ in text(try AppPasswordText.makeGenerated()) }
        let macs = texts.map { world.keys.recoveryCode.mac(account: account.text, secret: Secret(Array($0.utf8))) }
        #expect(try confirm(world, account, code(Self.seed, world.clock.now), codes: [macs[0]]) == .done)
        #expect(try use(world, account, Secret(Array(texts[0].utf8))) == .accepted)
        #expect(try use(world, account, Secret(Array(texts[0].utf8))) == .wrong(.used))
        #expect(try use(world, account, Secret(Array(texts[1].utf8))) == .wrong(nil))
        #expect(try world.store.secondFactorDetail(account: account).unusedRecoveryCodes == 0)
        #expect(try world.store.replaceRecoveryCodes([macs[1]], account: account, change: world.change()))
        #expect(try use(world, account, Secret(Array(texts[0].utf8))) == .wrong(nil))
        #expect(try use(world, account, Secret(Array(texts[1].utf8))) == .accepted)
    }

    /// An attempt that waited while a later code was used, and a clock that was an hour ahead and is set back.
    @Test func aCodeBeforeTheLastOneIsUsed() throws {
        let world = try World()
        let account = try world.addAccount()
        let now = world.clock.now
        func use(_ code: Timestamp, at time: Timestamp) throws -> CodeResult {
            try world.store.useCode(self.code(Self.seed, code), account: account, keys: world.keys, now: time)
        }
        _ = try world.store.enrolTOTP(
            account: account, seed: Secret(Self.seed), keys: world.keys, change: world.change())
        let later = now.adding(seconds: 30)
        #expect(try use(now, at: now) == .accepted)
        #expect(try use(later, at: later) == .accepted)
        #expect(try use(now, at: now) == .wrong(.used))
        #expect(try use(later, at: later) == .wrong(.used))
        let ahead = now.adding(seconds: 3600)
        #expect(try use(ahead, at: ahead) == .accepted)
        let back = now.adding(seconds: 120)
        #expect(try use(back, at: back) == .accepted)
        #expect(try use(back, at: back) == .wrong(.used))
    }

    @Test func spacesAsProgramsShowThem() throws {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.enrolTOTP(
            account: account, seed: Secret(Self.seed), keys: world.keys, change: world.change())
        var text = TOTP.code(seed: Secret(Self.seed), counter: TOTP.step(at: world.clock.now))
        text.insert(" ", at: text.index(text.startIndex, offsetBy: 3))
        #expect(try use(world, account, Secret(Array(text.utf8))) == .accepted)
    }

    @Test func aSeedThatWaitsForADay() throws {
        let world = try World()
        let account = try world.addAccount()
        let generation = try world.store.account(account)?.generation
        try begin(world, account)
        #expect(try world.store.account(account)?.generation == generation)
        world.clock.advance(seconds: 86_400)
        #expect(try confirm(world, account, code(Self.seed, world.clock.now)) == .nothingPending)
        try begin(world, account)
        #expect(try world.store.setExternalSecondFactor(true, account: account, change: world.change()))
        #expect(try confirm(world, account, code(Self.seed, world.clock.now)) == .nothingPending)
        let nobody = try World.name("nobody@example.org")
        let isStored = try world.store.beginEnrolment(
            account: nobody, seed: Secret(Self.seed), keys: world.keys, change: world.change())
        #expect(!isStored)
    }

    @Test func removed() throws {
        let world = try World()
        let account = try world.addAccount()
        try begin(world, account)
        #expect(try confirm(world, account, code(Self.seed, world.clock.now), codes: [[1]]) == .done)
        #expect(try world.store.removeSecondFactor(account: account, change: world.change()))
        #expect(try world.store.account(account)?.secondFactor == .off)
        #expect(try world.store.secondFactorDetail(account: account).recoveryCodes == 0)
        world.clock.advance(seconds: 60)
        #expect(try use(world, account, code(Self.seed, world.clock.now)) == .wrong(nil))
    }

    @Test func uris() throws {
        func uri(_ name: String, _ seed: String) throws -> String {
            text(OTPAuth.uri(account: try World.name(name), seed: Secret(Array(seed.utf8))))
        }
        // RFC 4648, section 10, without padding.
        let vectors = [
            ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("", ""),
        ]
        for (seed, base32) in vectors {
            #expect(
                try uri("alice@example.org", seed)
                    == "otpauth://totp/alice@example.org?secret=\(base32)&issuer=example.org")
        }
        #expect(
            try uri("a+&?#%\u{e4}@example.org", "f")
                == "otpauth://totp/a%2B%26%3F%23%25%C3%A4@example.org?secret=MY&issuer=example.org")
    }
}
