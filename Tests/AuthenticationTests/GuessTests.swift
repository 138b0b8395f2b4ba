import Bytes
import Authentication
import Credentials
import TestSupport
import Testing

/// Which attempts are the same guess, and when a guess is forgotten.
struct GuessTests {
    private func isCounted(_ world: World, _ attempt: Attempt) throws -> Bool {
        guard case .denied(let denial) = world.authenticator.decide(attempt).outcome else {
            throw TestFailure("not denied")
        }
        switch denial.guess {
        case .counted: return true
        case .repeated: return false
        case .none, .first, .spends: throw TestFailure("no guess")
        }
    }

    @Test func oncePerAccountNetworkAndSecret() throws {
        let world = try World()
        try world.addAccount()
        try world.addAccount("bob@example.org")
        #expect(try isCounted(world, world.attempt("alice@example.org", "x")))
        #expect(try !isCounted(world, world.attempt("ALICE@example.org", "x")))
        #expect(try isCounted(world, world.attempt("alice@example.org", "y")))
        #expect(try isCounted(world, world.attempt("bob@example.org", "x")))
        #expect(try isCounted(world, world.attempt("alice@example.org", "x", from: "192.0.2.8")))
        #expect(try isCounted(world, world.attempt("alice@example.org", "x", from: "2001:db8::1")))
        // The same /64.
        #expect(try !isCounted(world, world.attempt("alice@example.org", "x", from: "2001:db8::2")))
    }

    /// The memory counts from the last attempt, whatever the window of the budgets.
    @Test func forgottenAfterTheMemory() throws {
        let world = try World("guess_window = 10m\nguess_memory = 1h")
        try world.addAccount()
        #expect(try isCounted(world, world.attempt("alice@example.org", "x")))
        for _ in 0..<5 {
            world.clock.advance(seconds: 3599)
            #expect(try !isCounted(world, world.attempt("alice@example.org", "x")))
        }
        #expect(world.authenticator.judge.hasher.performed == 1)
        world.clock.advance(seconds: 3600)
        #expect(try isCounted(world, world.attempt("alice@example.org", "x")))
    }

    @Test func clockSetBackForgetsNothing() throws {
        let world = try World()
        try world.addAccount()
        #expect(try isCounted(world, world.attempt("alice@example.org", "x")))
        world.clock.advance(seconds: -86_400)
        #expect(try !isCounted(world, world.attempt("alice@example.org", "x")))
    }

    /// A wrong secret that has become right must be granted at once.
    @Test func changedPasswordForgetsGuesses() throws {
        let world = try World()
        let account = try world.addAccount()
        #expect(try isCounted(world, world.attempt("alice@example.org", "new secret")))
        _ = try world.store.setMainPassword(
            World.mainPassword("new secret"), former: .replaced, account: account, change: world.change())
        guard case .granted = world.authenticator.decide(world.attempt("alice@example.org", "new secret")).outcome
        else {
            throw TestFailure("not granted")
        }
    }

    /// The same for a name that had no account, and for an account that was removed and added again.
    @Test func madeAccountForgetsGuesses() throws {
        let world = try World()
        #expect(try isCounted(world, world.attempt("alice@example.org", "main secret")))
        let account = try world.addAccount()
        guard case .granted = world.authenticator.decide(world.attempt("alice@example.org", "main secret")).outcome
        else {
            throw TestFailure("not granted")
        }
        #expect(try isCounted(world, world.attempt("alice@example.org", "second secret")))
        _ = try world.store.removeAccount(account, change: world.change())
        try world.addAccount(password: "second secret")
        guard case .granted = world.authenticator.decide(world.attempt("alice@example.org", "second secret")).outcome
        else { throw TestFailure("not granted") }
    }

    /// A refused main password from a new network is never remembered as wrong.
    @Test func refusedMainPasswordIsNeverAMismatch() throws {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        for _ in 0..<3 {
            let decision = world.authenticator.decide(world.attempt("alice@example.org", "main secret"))
            guard case .denied(let denial) = decision.outcome else { throw TestFailure("not denied") }
            #expect(denial.reason == .mainPasswordRefused)
        }
        _ = try world.store.setExternalSecondFactor(false, account: account, change: world.change())
        guard case .granted = world.authenticator.decide(world.attempt("alice@example.org", "main secret")).outcome
        else {
            throw TestFailure("not granted")
        }
    }

    @Test func mistypedAppPasswordGetsAHint() throws {
        let world = try World()
        try world.addAccount()
        var typed = Array(text(AppPasswordText.display(try AppPasswordText.makeGenerated())))
        typed[3] = typed[3] == "7" ? "8" : "7"
        #expect(try isCounted(world, world.attempt("alice@example.org", String(typed))))
        let message = try #require(world.collector.lines.first.flatMap(LogLine.message))
        #expect(message.hasPrefix("Password mismatch (SHA1 of given password: "))
        #expect(message.hasSuffix(", looks like an app password with a typing error"))
    }

    /// From a new network, a refused main password is as quick the second time as a wrong one.
    @Test func refusedMainPasswordAgainCostsNoHash() throws {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        for _ in 0..<3 {
            guard
                case .denied(let denial) = world.authenticator.decide(world.attempt("alice@example.org", "main secret"))
                    .outcome,
                denial.reason == .mainPasswordRefused, case .spends = denial.guess
            else { throw TestFailure("not refused") }
        }
        #expect(world.authenticator.judge.hasher.performed == 1)
        // Only the refusal is remembered: a sign-in still needs the hash.
        _ = try world.store.setExternalSecondFactor(false, account: account, change: world.change())
        _ = world.authenticator.decide(world.attempt("alice@example.org", "main secret"))
        #expect(world.authenticator.judge.hasher.performed == 2)
    }

    /// Wrong codes are counted separately from wrong passwords, even if they are the same text.
    @Test func codesAndPasswordsAreCountedApart() throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        _ = try world.store.enrolTOTP(account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        #expect(try isCounted(world, world.attempt("alice@example.org", "000000", service: "web")))
        #expect(try isCounted(world, world.attempt("alice@example.org", "main secret", service: "web", code: "000000")))
        #expect(
            try !isCounted(world, world.attempt("alice@example.org", "main secret", service: "web", code: "000000")))
    }
}

/// Attempts whose time is taken when they arrive, and which are counted later, out of order.
struct GuessOrderTests {
    @Test func laterOneCountedFirstIsTheSameGuess() throws {
        let world = try World()
        try world.addAccount()
        func count(at now: Timestamp) throws -> Int64? {
            let record = try world.store.recordGuess(
                World.guess(
                    "alice@example.org", [1], isLooked: true, window: GuessWindow(length: 3600, memory: 7200, now: now))
            )
            guard case .repeated(let known) = record else { return nil }
            return known.count
        }
        let now = world.clock.now
        #expect(try count(at: now.adding(seconds: 2)) == nil)
        #expect(try count(at: now) == 1)
        #expect(try count(at: now.adding(seconds: 3)) == 2)
        let window = GuessWindow(length: 3600, memory: 7200, now: now)
        #expect(try world.store.guesses(account: "alice@example.org", network: Network(of: nil), window)?.count == 1)
    }
}
