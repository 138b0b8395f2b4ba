import Bytes
import Authentication
import Credentials
import TestSupport
import Testing

/// Who must wait, for how long, and who never must.
struct ThrottlingTests {
    private enum Answer: Equatable {
        case granted
        case denied(DenialReason)
        case throttled(Throttle.Scope)
        case other
    }

    private func answer(_ world: World, _ attempt: Attempt) -> Answer {
        switch world.authenticator.decide(attempt).outcome {
        case .granted: .granted
        case .denied(let denial): .denied(denial.reason)
        case .unavailable(.throttled(let throttle)): .throttled(throttle.scope)
        case .unavailable: .other
        }
    }

    private let stranger = "203.0.113.50"

    private func sign(_ world: World, inFrom address: String, account: String = "alice@example.org") throws {
        try world.store.mark(
            SignIn(
                account: try World.name(account), credential: Store.mainCredential, service: .imap,
                address: IPAddress(address), generation: 1), at: world.clock.now, world.configuration.retention)
    }

    @Test func elevenGuessesAtOneAccount() throws {
        let world = try World()
        try world.addAccount()
        for number in 0..<10 {
            #expect(answer(world, world.attempt("alice@example.org", "\(number)")) == .denied(.mismatch))
        }
        let hashes = world.authenticator.judge.hasher.performed
        for secret in ["10", "main secret", "0"] {
            #expect(answer(world, world.attempt("alice@example.org", secret)) == .throttled(.accountAndNetwork))
        }
        #expect(world.authenticator.judge.hasher.performed == hashes)
        let message = try #require(world.collector.lines.last.flatMap(LogLine.message))
        #expect(
            message.hasPrefix(
                "Throttled: too many wrong passwords for this account from this network (10); next attempt accepted after "
                    + "2027-"))
        // From another network, the right one is granted.
        #expect(answer(world, world.attempt("alice@example.org", "main secret", from: stranger)) == .granted)
    }

    /// The wait is 30 s, doubles each time, and is an hour at most; throttled attempts are not counted.
    @Test func waitsGrow() throws {
        let world = try World("guess_window = 1d")
        try world.addAccount()
        for number in 0..<10 { _ = answer(world, world.attempt("alice@example.org", "\(number)")) }
        for (number, wait) in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600].enumerated() {
            for _ in 0..<3 {
                #expect(
                    answer(world, world.attempt("alice@example.org", "x\(number)")) == .throttled(.accountAndNetwork))
            }
            world.clock.advance(seconds: Int64(wait) - 1)
            #expect(answer(world, world.attempt("alice@example.org", "x\(number)")) == .throttled(.accountAndNetwork))
            world.clock.advance(seconds: 1)
            #expect(answer(world, world.attempt("alice@example.org", "x\(number)")) == .denied(.mismatch))
        }
    }

    @Test func allIsForgottenAfterTheWindow() throws {
        let world = try World()
        try world.addAccount()
        for number in 0..<10 { _ = answer(world, world.attempt("alice@example.org", "\(number)")) }
        world.clock.advance(seconds: 3600)
        for number in 0..<10 {
            #expect(answer(world, world.attempt("alice@example.org", "\(number)")) == .denied(.mismatch))
        }
    }

    /// One secret is tried with many names, with accounts or without, and with malformed ones.
    @Test(arguments: ["user#@example.org", "us er#@example.org"])
    func sprayingCountsForTheNetwork(_ pattern: String) throws {
        let world = try World()
        try world.addAccount()
        for number in 0..<10 {
            let user = pattern.replacing("#", with: "\(number)")
            guard case .denied = answer(world, world.attempt(user, "spray", from: stranger)) else {
                throw TestFailure("\(user) is throttled")
            }
        }
        for user in ["next@example.org", "ne xt@example.org", "alice@example.org"] {
            guard case .throttled = answer(world, world.attempt(user, "spray", from: stranger)) else {
                throw TestFailure("\(user) is not throttled")
            }
        }
    }

    /// A neighbour at the same address spends the network's budget, not that of an account known from there.
    @Test func knownNetworkKeepsItsOwnBudget() throws {
        let world = try World()
        try world.addAccount()
        try world.addAccount("bob@example.org", password: "bob's secret")
        try sign(world, inFrom: stranger)
        for number in 0..<30 { _ = answer(world, world.attempt("user\(number)@example.org", "spray", from: stranger)) }
        #expect(answer(world, world.attempt("bob@example.org", "bob's secret", from: stranger)) == .throttled(.network))
        #expect(answer(world, world.attempt("alice@example.org", "main secret", from: stranger)) == .granted)
    }

    /// An attacker with many addresses causes throttling only for networks from which the account was never used.
    @Test func accountLimitClosesUnknownNetworksOnly() throws {
        let world = try World()
        let account = try world.addAccount()
        let appPassword = try world.addAppPassword(account).secret
        try sign(world, inFrom: "192.0.2.7")
        var denied = 0
        for address in 0..<20 {
            for number in 0..<10 {
                let guess = world.attempt("alice@example.org", "\(address) \(number)", from: "198.51.100.\(address)")
                if answer(world, guess) == .denied(.mismatch) { denied += 1 }
            }
        }
        #expect(denied == 100)
        #expect(
            answer(world, world.attempt("alice@example.org", "main secret", from: stranger)) == .throttled(.account))
        #expect(answer(world, world.attempt("alice@example.org", "main secret")) == .granted)
        // The travelling owner's app password is granted.
        #expect(answer(world, world.attempt("alice@example.org", appPassword, from: stranger)) == .granted)
        // The throttling lasts no longer than the longest wait.
        world.clock.advance(seconds: 3600)
        #expect(answer(world, world.attempt("alice@example.org", "main secret", from: stranger)) == .granted)
    }

    /// If the longest wait is shorter than the window, one guess at a time is accepted again after it.
    @Test func shortWaitsAtTheAccountsLimit() throws {
        let world = try World("wait_longest = 10m\nguess_account_limit = 20")
        try world.addAccount()
        for number in 0..<20 {
            _ = answer(world, world.attempt("alice@example.org", "\(number)", from: "198.51.100.\(number)"))
        }
        #expect(answer(world, world.attempt("alice@example.org", "x", from: stranger)) == .throttled(.account))
        world.clock.advance(seconds: 600)
        #expect(answer(world, world.attempt("alice@example.org", "main secret", from: stranger)) == .granted)
        #expect(answer(world, world.attempt("alice@example.org", "y", from: stranger)) == .denied(.mismatch))
        #expect(answer(world, world.attempt("alice@example.org", "z", from: stranger)) == .throttled(.account))
    }

    @Test func generatedAppPasswordsNeverWait() throws {
        let world = try World()
        let account = try world.addAccount()
        let appPassword = try world.addAppPassword(account).secret
        for number in 0..<50 { _ = answer(world, world.attempt("alice@example.org", "\(number)")) }
        #expect(answer(world, world.attempt("alice@example.org", appPassword)) == .granted)
        #expect(answer(world, world.attempt("alice@example.org", appPassword, service: "sieve")) == .granted)
    }

    /// A webmail has many accounts behind one address. Each account still has its budget there.
    @Test func trustedNetworksAreCountedForEachAccount() throws {
        let world = try World("trusted_networks = 203.0.113.0/24 2001:db8::/32")
        try world.addAccount()
        for number in 0..<30 {
            let user = "user\(number)@example.org"
            #expect(answer(world, world.attempt(user, "spray", from: stranger)) == .denied(.unknownUser))
        }
        for number in 0..<10 { _ = answer(world, world.attempt("alice@example.org", "\(number)", from: stranger)) }
        #expect(
            answer(world, world.attempt("alice@example.org", "10", from: stranger)) == .throttled(.accountAndNetwork))
    }

    /// The same wrong secret, as a forgotten phone sends it, is one guess, however often it is sent.
    @Test func repeatsNeverThrottle() throws {
        let world = try World()
        let account = try world.addAccount()
        let appPassword = try world.addAppPassword(account).secret
        for _ in 0..<200 {
            world.clock.advance(seconds: 60)
            #expect(answer(world, world.attempt("alice@example.org", "old secret")) == .denied(.mismatch))
            #expect(answer(world, world.attempt("alice@example.org", appPassword)) == .granted)
        }
    }

    /// From a network new to the account, the right but refused main password behaves like any wrong secret before, at
    /// and after the start of throttling.
    @Test(arguments: 0..<12)
    func theRightOneAmongWrongOnesTellsNothing(_ position: Int) throws {
        func run(_ secret: String) throws -> [String] {
            let world = try World()
            let account = try world.addAccount()
            _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
            try sign(world, inFrom: "192.0.2.7")
            var seen: [String] = []
            for round in 0..<3 {
                for number in 0..<12 {
                    let text = number == position ? secret : "wrong \(number)"
                    let before = world.authenticator.judge.hasher.performed
                    let decision = world.authenticator.decide(world.attempt("alice@example.org", text, from: stranger))
                    let hashes = world.authenticator.judge.hasher.performed - before
                    switch decision.outcome {
                    case .granted: seen.append("granted")
                    // The answer as clients see it, and its cost.
                    case .denied: seen.append("denied \(hashes)")
                    case .unavailable(.throttled(let throttle)): seen.append("throttled \(throttle) \(hashes)")
                    case .unavailable: seen.append("unavailable")
                    }
                }
                world.clock.advance(seconds: round == 0 ? 30 : 3600)
            }
            return seen
        }
        #expect(try run("main secret") == run("another wrong one"))
    }

    /// Codes have one budget for each account over all networks. Networks new to the account are not told that it is
    /// spent, because that would reveal that the main password was right.
    @Test func codes() throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        _ = try world.store.enrolTOTP(account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        try sign(world, inFrom: "192.0.2.7")
        func web(_ code: String, from address: String) -> Answer {
            answer(world, world.attempt("alice@example.org", "main secret", service: "web", from: address, code: code))
        }
        for number in 0..<10 {
            #expect(web("00000\(number)", from: "198.51.100.\(number)") == .denied(.secondFactorMismatch))
        }
        let right = TOTP.code(seed: Secret(seed), counter: TOTP.step(at: world.clock.now))
        #expect(web(right, from: "198.51.100.99") == .denied(.secondFactorThrottled))
        #expect(web(right, from: "192.0.2.7") == .throttled(.codes))
        #expect(
            try #require(world.collector.lines.last.flatMap(LogLine.message)).hasPrefix(
                "Throttled: too many wrong codes for this account (10); next one accepted after 2027-"))
        // Mail still works, and so does the code after the wait: it was not used up.
        let appPassword = try world.addAppPassword(account).secret
        #expect(answer(world, world.attempt("alice@example.org", appPassword)) == .granted)
        world.clock.advance(seconds: 30)
        #expect(web(right, from: "192.0.2.7") == .granted)
    }

    /// On the web from a new network, one password with many codes spends the same budget, whether it is right or
    /// wrong.
    @Test func codesTellNothingAboutThePassword() throws {
        func run(_ password: String) throws -> [Bool] {
            let world = try World()
            let account = try world.addAccount()
            let seed = Secret(Array("12345678901234567890".utf8))
            _ = try world.store.enrolTOTP(account: account, seed: seed, keys: world.keys, change: world.change())
            try sign(world, inFrom: "192.0.2.7")
            return (0..<40).map { number in
                // A new password after every fourth.
                let secret = number % 4 == 3 ? "wrong \(number)" : password
                let attempt = world.attempt(
                    "alice@example.org", secret, service: "web", from: stranger, code: "\(100_000 + number)")
                if case .unavailable = world.authenticator.decide(attempt).outcome { return true }
                return false
            }
        }
        #expect(try run("main secret") == run("not the main secret"))
    }

    /// Somebody with the main password can spend the codes' budget; the owner can still sign in with a recovery code.
    @Test func recoveryCodesNeverWait() throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Secret(Array("12345678901234567890".utf8))
        _ = try world.store.enrolTOTP(account: account, seed: seed, keys: world.keys, change: world.change())
        let code = try AppPasswordText.makeGenerated()
        _ = try world.store.replaceRecoveryCodes(
            [world.keys.recoveryCode.mac(account: account.text, secret: code)], account: account,
            change: world.change())
        for number in 0..<12 {
            let address = "198.51.100.\(number)"
            _ = world.authenticator.decide(
                world.attempt("alice@example.org", "main secret", service: "web", from: address, code: "00000\(number)")
            )
        }
        let recovery = world.attempt("alice@example.org", "main secret", service: "web", code: text(code))
        #expect(answer(world, recovery) == .granted)
    }

    /// The same code half a minute later is another guess, because it could be right for another step.
    @Test func repeatedCodesCountAgainInTheNextStep() throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        _ = try world.store.enrolTOTP(account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        try sign(world, inFrom: "192.0.2.7")
        var answers: [Answer] = []
        for _ in 0..<12 {
            answers.append(
                answer(world, world.attempt("alice@example.org", "main secret", service: "web", code: "000000")))
            world.clock.advance(seconds: 30)
        }
        #expect(answers.prefix(10).allSatisfy { $0 == .denied(.secondFactorMismatch) })
        #expect(answers.contains { if case .throttled = $0 { true } else { false } })
    }

    /// After a clock has jumped by a day and back, nobody waits longer than the longest wait.
    @Test(arguments: [86_400, -86_400] as [Int64])
    func clockJumps(_ jump: Int64) throws {
        let world = try World()
        try world.addAccount()
        func guess(_ secret: String) -> Answer { answer(world, world.attempt("alice@example.org", secret)) }
        for number in 0..<12 { _ = guess("\(number)") }
        world.clock.advance(seconds: jump)
        #expect(guess("main secret") == .granted)
        for number in 20..<32 { _ = guess("\(number)") }
        #expect(guess("main secret") == .throttled(.accountAndNetwork))
        world.clock.advance(seconds: -jump)
        // The clock passes the times of the guesses again: no wait is longer than the longest.
        for _ in 0..<3 {
            if guess("main secret") != .granted {
                world.clock.advance(seconds: 3600)
                #expect(guess("main secret") == .granted)
            }
            world.clock.advance(seconds: 43_200)
        }
    }

    @Test func previewSaysSoAndCountsNothing() throws {
        let world = try World()
        try world.addAccount()
        for number in 0..<30 { _ = world.authenticator.preview(world.attempt("alice@example.org", "\(number)")) }
        #expect(answer(world, world.attempt("alice@example.org", "main secret")) == .granted)
        for number in 0..<10 { _ = answer(world, world.attempt("alice@example.org", "\(number)")) }
        guard
            case .unavailable(.throttled) = world.authenticator.preview(
                world.attempt("alice@example.org", "main secret"))
        else { throw TestFailure("not throttled") }
    }
}
