import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// Attempts to act as another user, and malformed exchanges.
struct IdentityTests {
    private func decide(_ world: World, _ secret: String, identity: String = "", master: String? = nil) throws -> String
    {
        let attempt = Attempt(
            userName: Array("alice@example.org".utf8), authorizationIdentity: Array(identity.utf8),
            masterUser: master.map { Array($0.utf8) }, secret: Secret(Array(secret.utf8)), service: "imap",
            address: IPAddress("192.0.2.7"))
        _ = world.authenticator.decide(attempt)
        return try #require(world.collector.lines.last.flatMap(LogLine.message))
    }

    @Test func foreignIdentity() throws {
        let world = try World()
        let account = try world.addAccount()
        let (shown, _) = try world.addAppPassword(account)
        #expect(try decide(world, shown, identity: " Alice@example.org").hasPrefix("Signed in"))
        for secret in [shown, "main secret"] {
            #expect(
                try decide(world, secret, identity: "bob,(x)@example.org")
                    == "Identity refused: bob%2C%28x%29@example.org")
            // The same when it is repeated.
            #expect(try decide(world, secret, identity: "bob@example.org") == "Identity refused: bob@example.org")
        }
        // A wrong secret is a guess, whatever the identity.
        #expect(try decide(world, "wrong", identity: "bob@example.org").hasPrefix("Password mismatch"))
        // The right one from a new network spends budget like any refused one: when throttling starts reveals nothing.
        let tally = try world.store.guesses(
            account: account.text, network: Network(of: IPAddress("192.0.2.7")),
            GuessWindow(length: 3600, memory: 7200, now: world.clock.now))
        #expect(tally?.count == 2)
    }

    /// A right secret that is refused is as quick at a repeat as a wrong one.
    @Test func foreignIdentityTellsNothing() throws {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        for secret in ["main secret", "wrong"] {
            let before = world.authenticator.judge.hasher.performed
            for _ in 0..<3 { _ = try decide(world, secret, identity: "bob@example.org") }
            #expect(world.authenticator.judge.hasher.performed == before + 1, "\(secret)")
        }
        #expect(world.collector.lines[2].hasSuffix("Identity refused: bob@example.org"))
    }

    /// The secret is the master user's: right or wrong, it reveals nothing about the account.
    @Test func masterUser() throws {
        let world = try World()
        try world.addAccount()
        for secret in ["main secret", "the master's"] {
            #expect(try decide(world, secret, master: "boss (1)") == "Identity refused: master user boss%20%281%29")
        }
        // The same for a malformed user name.
        let nobody = Attempt(
            userName: [0xff], masterUser: [0x61], secret: Secret([0x62]), service: "imap",
            address: IPAddress("192.0.2.7"))
        guard case .denied(let denial) = world.authenticator.decide(nobody).outcome else {
            throw TestFailure("not denied")
        }
        #expect(denial.reason == .identityRefused)
        #expect(world.authenticator.judge.hasher.performed == 0)
        #expect(try world.stored.countGuesses() == 0)
    }

    /// Malformed exchanges are no guesses, but spend the network's budget.
    @Test func malformedExchanges() throws {
        let world = try World()
        try world.addAccount()
        let judge = world.authenticator.judge
        func malformed() throws -> Outcome {
            let attempt = Attempt(
                userName: [], secret: Secret([]), service: "smtp", address: IPAddress("203.0.113.9"))
            return try world.finish(judge.begin(malformed: attempt, "not base64"))
        }
        for _ in 0..<10 {
            guard case .denied(let denial) = try malformed(), denial.reason == .malformedExchange,
                case .none = denial.guess
            else { throw TestFailure("not denied") }
        }
        guard case .unavailable(.throttled(let throttle)) = try malformed() else { throw TestFailure("not throttled") }
        #expect(throttle.scope == .accountAndNetwork)
        guard
            case .unavailable(.throttled(let other)) = world.authenticator.decide(
                world.attempt("alice@example.org", "x", from: "203.0.113.9")
            ).outcome
        else { throw TestFailure("not throttled") }
        #expect(other.scope == .network)
    }
}
