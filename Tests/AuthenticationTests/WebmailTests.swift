import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// The app password that a webmail gets for a session.
struct WebmailTests {
    private static let alice = "alice@example.org"

    private func signIn(
        _ world: World, _ secret: String = "main secret", code: String = "", session: String? = "s1",
        service: String = "web"
    ) -> Outcome {
        let attempt = Attempt(
            userName: Array(Self.alice.utf8), secret: Secret(Array(secret.utf8)), code: Secret(Array(code.utf8)),
            service: service, address: IPAddress("192.0.2.7"), session: session.map { Array($0.utf8) },
            wantsAppPassword: true)
        return world.authenticator.decide(attempt).outcome
    }

    private func appPassword(_ outcome: Outcome) -> String? {
        guard case .granted(let grant) = outcome, let session = grant.session else { return nil }
        return text(session.secret.copy())
    }

    private func mail(_ world: World, _ secret: String, _ service: String = "imap", from address: String = "127.0.0.1")
        -> String
    {
        switch world.authenticator.decide(world.attempt(Self.alice, secret, service: service, from: address)).outcome {
        case .granted: "granted"
        case .denied(let denial): denial.reason.rawValue
        case .unavailable(let failure): failure.explanation
        }
    }

    @Test func opensMailFromTheWebmailForTwelveHours() throws {
        let world = try World()
        let account = try world.addAccount()
        let generation = try world.store.account(account)?.generation
        let secret = try #require(appPassword(signIn(world)))
        for (service, expected) in [
            ("imap", "granted"), ("smtp", "granted"), ("sieve", "granted"), ("pop3", "out-of-scope"),
        ] {
            #expect(mail(world, secret, service) == expected)
        }
        #expect(mail(world, secret, "web") == "out-of-scope")
        #expect(mail(world, secret, from: "192.0.2.7") == "network-not-allowed")
        #expect(mail(world, secret, from: "::1") == "granted")
        // The generation stays, and with it what is remembered of other secrets.
        #expect(try world.store.account(account)?.generation == generation)
        world.clock.advance(seconds: 43_199)
        #expect(mail(world, secret) == "granted")
        world.clock.advance(seconds: 1)
        #expect(mail(world, secret) == "expired")
        let id = try #require(try world.store.appPasswords(account: account).first?.id)
        #expect(world.collector.lines[0].hasSuffix("Signed in with main password, app password \(id) for its session"))
        #expect(!world.collector.lines.joined().contains(secret))
    }

    /// A policy that requires app passwords does not stop a webmail; a required second factor that is not enrolled
    /// does.
    @Test func appPasswordsRequired() throws {
        for (policy, opens) in [
            (Policy(appPasswordsRequired: true), true), (Policy(secondFactorRequired: true), false),
        ] {
            let world = try World()
            let account = try world.addAccount()
            _ = try world.store.setPolicy(PolicyChange(policy), account: account, change: world.change())
            #expect(mail(world, "main secret") == "main-password-refused")
            let secret = appPassword(signIn(world))
            #expect((secret != nil) == opens)
            if let secret { #expect(mail(world, secret) == "granted") }
        }
    }

    @Test func oneForEachSession() throws {
        let world = try World()
        let account = try world.addAccount()
        let first = try #require(appPassword(signIn(world)))
        let second = try #require(appPassword(signIn(world)))
        let other = try #require(appPassword(signIn(world, session: "s2")))
        #expect(mail(world, first) == "revoked")
        #expect(mail(world, second) == "granted" && mail(world, other) == "granted")
        try world.store.endSession(Array("s1".utf8), account: account, now: world.clock.now)
        // A session that has ended, and one that never existed.
        try world.store.endSession(Array("s1".utf8), account: account, now: world.clock.now)
        try world.store.endSession(Array("s3".utf8), account: account, now: world.clock.now)
        #expect(mail(world, second) == "revoked" && mail(world, other) == "granted")
    }

    @Test func onlyForWhoMayReadMail() throws {
        let world = try World()
        let account = try world.addAccount()
        func expectNone(_ outcome: Outcome, _ why: String) {
            guard case .granted(let grant) = outcome else { return #expect(Bool(false), "\(why): \(outcome)") }
            #expect(grant.session == nil, "\(why)")
        }
        expectNone(signIn(world, session: nil), "no session")
        expectNone(signIn(world, session: ""), "no session")
        expectNone(signIn(world, service: "imap"), "not the web")
        _ = try world.store.setMustChange(true, account: account, change: world.change())
        expectNone(signIn(world), "must change")
        _ = try world.store.setMustChange(false, account: account, change: world.change())
        _ = try world.store.setPolicy(
            PolicyChange(Policy(secondFactorRequired: true)), account: account, change: world.change())
        expectNone(signIn(world), "enrolment pending")
        _ = try world.store.setPolicy(
            PolicyChange(Policy(secondFactorRequired: false)), account: account, change: world.change())
        #expect(appPassword(signIn(world, "wrong")) == nil)
        #expect(appPassword(signIn(world)) != nil)
        #expect(try world.store.appPasswords(account: account).count == 1)
        let nowhere = try World("webmail_networks =\n")
        try nowhere.addAccount()
        expectNone(signIn(nowhere), "no network")
    }

    @Test func withACode() throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        _ = try world.store.enrolTOTP(account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        #expect(appPassword(signIn(world)) == nil)
        #expect(appPassword(signIn(world, code: "000000")) == nil)
        let code = TOTP.code(seed: Secret(seed), counter: TOTP.step(at: world.clock.now))
        let secret = try #require(appPassword(signIn(world, code: code)))
        #expect(mail(world, secret) == "granted")
        #expect(mail(world, "main secret") == "main-password-refused")
        #expect(appPassword(signIn(world, code: code)) == nil)
        #expect(mail(world, secret) == "granted")
        #expect(
            world.collector.lines.contains {
                $0.hasSuffix("Password mismatch (second factor), a code that was already used")
            })
    }

    @Test func previewMakesNone() throws {
        let world = try World()
        let account = try world.addAccount()
        let attempt = Attempt(
            userName: Array(Self.alice.utf8), secret: Secret(Array("main secret".utf8)), service: "web",
            address: nil, session: [0x73], wantsAppPassword: true)
        #expect(appPassword(world.authenticator.preview(attempt)) == nil)
        #expect(try world.store.appPasswords(account: account).isEmpty)
    }

    /// Every change after which the main password alone no longer suffices ends the sessions that it opened.
    @Test(arguments: ["password", "must change", "second factor", "external", "policy", "domain policy"])
    func ended(_ how: String) throws {
        let world = try World()
        let account = try world.addAccount()
        let secret = try #require(appPassword(signIn(world)))
        let change = world.change()
        let required = PolicyChange(Policy(secondFactorRequired: true))
        switch how {
        case "password":
            let hash = try PasswordHash.make(Secret(Array("another one".utf8)), memory: 8192, passes: 1)
            _ = try world.store.setMainPassword(
                MainPasswordHash(hash, isMapped: false), former: .replaced, account: account, change: change)
        case "must change": _ = try world.store.setMustChange(true, account: account, change: change)
        case "second factor":
            _ = try world.store.enrolTOTP(account: account, seed: Secret([1]), keys: world.keys, change: change)
        case "external": _ = try world.store.setExternalSecondFactor(true, account: account, change: change)
        case "policy": _ = try world.store.setPolicy(required, account: account, change: change)
        default: try world.store.setPolicy(required, domain: "example.org", change: change)
        }
        #expect(mail(world, secret) == "revoked")
    }

    /// If the account changes between the proof of the password and the commit, the proof no longer counts.
    @Test(arguments: [false, true])
    func provedWithWhatWasChangedMeanwhile(_ withCode: Bool) throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        if withCode {
            _ = try world.store.enrolTOTP(
                account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        }
        let code = TOTP.code(seed: Secret(seed), counter: TOTP.step(at: world.clock.now))
        let judge = world.authenticator.judge
        let begun = judge.begin(
            Attempt(
                userName: Array(Self.alice.utf8), secret: Secret(Array("main secret".utf8)),
                code: Secret(Array((withCode ? code : "").utf8)), service: "web", address: IPAddress("192.0.2.7"),
                session: [1], wantsAppPassword: true))
        let proved = try world.advance(begun)
        let hash = try PasswordHash.make(Secret(Array("another one".utf8)), memory: 8192, passes: 1)
        _ = try world.store.setMainPassword(
            MainPasswordHash(hash, isMapped: false), former: .replaced, account: account, change: world.change())
        guard case .denied(let denial) = try world.finish(proved) else { throw TestFailure("not denied") }
        #expect(denial.reason == .mismatch)
        #expect(try world.store.appPasswords(account: account).isEmpty)
        // Nor was the code used up.
        if withCode {
            let result = try world.store.useCode(
                Secret(Array(code.utf8)), account: account, keys: world.keys, now: world.clock.now)
            #expect(result == .accepted)
        }
    }

    /// A right secret is granted without an app password for the session, and the log says why.
    @Test(.enabled(if: TestServer.shared == nil, "about files")) func storeThatTakesNoWrites() throws {
        let world = try World()
        try world.addAccount()
        let other = try Store(world.configuration.store, keys: world.keys)
        // The database is locked for the whole attempt.
        let outcome = try other.durably { signIn(world) }
        guard case .granted(let grant) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(grant.session == nil)
        #expect(world.collector.lines[0].contains("Signed in with main password, no app password for its session: "))
    }

    @Test func endedOnesGo() throws {
        let world = try World()
        let account = try world.addAccount()
        for number in 0..<40 { #expect(appPassword(signIn(world, session: "s\(number)")) != nil) }
        let now = world.clock.now
        let all = try world.store.appPasswords(account: account)
        #expect(all.count { $0.state(at: now) == .active } == Store.maxSessions)
        // The record of sign-ins shows them as one.
        for appPassword in all.filter({ $0.state(at: now) == .active }).prefix(2) {
            let signIn = SignIn(
                account: account, credential: appPassword.id, service: .smtp, address: IPAddress("127.0.0.1"),
                generation: 1, isOfSession: true)
            try world.store.mark(signIn, at: now, world.configuration.retention)
            #expect(try !world.store.needsMark(signIn, now: now))
        }
        #expect(try world.store.signIns(of: account, since: Timestamp(0)).map(\.credential) == ["session"])
        #expect(try world.store.smtpGrants(account: account, address: IPAddress("127.0.0.1")).count == 2)
        for number in 0..<40 { #expect(appPassword(signIn(world, session: "t\(number)")) != nil) }
        #expect(try world.store.appPasswords(account: account).count == 64)
        world.clock.advance(seconds: 2 * 86_400)
        while try world.store.pruneHistory(world.configuration.retention, now: world.clock.now, limit: 10) {}
        #expect(try world.store.appPasswords(account: account).isEmpty)
    }
}
