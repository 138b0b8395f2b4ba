import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// An owner who signs in on the web from a new network, while guesses from other networks have reached the account's
/// limit.
struct ClosedAccountTests {
    private static let seed = Array("12345678901234567890".utf8)
    private static let hotel = "198.51.100.77"

    private func makeClosed() throws -> World {
        let world = try World("guess_account_limit = 12")
        let account = try world.addAccount()
        _ = try world.store.enrolTOTP(
            account: account, seed: Secret(Self.seed), keys: world.keys, change: world.change())
        for number in 0..<12 {
            _ = world.authenticator.decide(world.attempt("alice@example.org", "\(number)", from: "203.0.113.\(number)"))
        }
        return world
    }

    private func code(_ world: World, _ offset: Int64 = 0) -> String {
        TOTP.code(seed: Secret(Self.seed), counter: TOTP.step(at: world.clock.now) + offset)
    }

    private func web(_ world: World, _ secret: String, _ code: String, from address: String = hotel) -> String {
        let attempt = world.attempt("alice@example.org", secret, service: "web", from: address, code: code)
        return switch world.authenticator.decide(attempt).outcome {
        case .granted: "granted"
        case .denied(let denial): denial.reason.rawValue
        case .unavailable(.throttled(let throttle)): "throttled: \(throttle.scope.rawValue)"
        case .unavailable(let failure): failure.explanation
        }
    }

    @Test func theOwnerGetsThrough() throws {
        let world = try makeClosed()
        #expect(web(world, "main secret", "") == "throttled: account")
        let attempt = world.attempt("alice@example.org", "main secret", from: Self.hotel)
        guard case .unavailable(.throttled) = world.authenticator.decide(attempt).outcome else {
            throw TestFailure("mail is not closed")
        }
        #expect(web(world, "main secret", code(world)) == "granted")
        // The sign-in uses the code up, the check before it does not.
        #expect(web(world, "main secret", code(world)) == "throttled: account")
    }

    /// A right code permits one slow hash, a wrong one none.
    @Test func oneHashForACode() throws {
        let world = try makeClosed()
        let hasher = world.authenticator.judge.hasher
        var before = hasher.performed
        #expect(web(world, "guess", "000000") == "throttled: account")
        #expect(hasher.performed == before)
        #expect(web(world, "guess", code(world)) == "mismatch")
        #expect(hasher.performed == before + 1)
        for secret in ["another guess", "main secret"] {
            #expect(web(world, secret, code(world)) == "throttled: account")
            #expect(web(world, secret, code(world), from: "198.51.100.99") == "throttled: account")
        }
        #expect(hasher.performed == before + 1)
        world.clock.advance(seconds: 30)
        before = hasher.performed
        #expect(web(world, "main secret", code(world)) == "granted")
        #expect(hasher.performed == before + 1)
    }

    /// Wrong codes without the main password have a separate budget, so the owner can still use the account's codes.
    @Test func othersDoNotCloseTheCodes() throws {
        let world = try makeClosed()
        for number in 0..<40 {
            #expect(web(world, "x", "00000\(number % 10)", from: "203.0.113.\(100 + number)") == "throttled: account")
        }
        #expect(web(world, "main secret", code(world)) == "throttled: account")
        let signIn = SignIn(
            account: try World.name("alice@example.org"), credential: Store.mainCredential, service: .imap,
            address: IPAddress("192.0.2.7"), generation: 1)
        try world.store.mark(signIn, at: world.clock.now, world.configuration.retention)
        #expect(web(world, "main secret", code(world), from: "192.0.2.7") == "granted")
    }

    /// Names without an account and accounts without codes are handled in the same way: the time reveals nothing.
    @Test func othersTakeTheSameWay() throws {
        let world = try World("guess_account_limit = 12")
        try world.addAccount()
        for name in ["alice@example.org", "nobody@example.org"] {
            for number in 0..<12 {
                _ = world.authenticator.decide(world.attempt(name, "\(number)", from: "203.0.113.\(number)"))
            }
            let attempt = world.attempt(name, "x", service: "web", from: Self.hotel, code: "123456")
            guard case .unavailable(.throttled) = world.authenticator.decide(attempt).outcome else {
                throw TestFailure("not throttled")
            }
        }
        let window = GuessWindow(length: 3600, memory: 86_400, now: world.clock.now)
        for name in ["alice@example.org", "nobody@example.org"] {
            #expect(try world.store.codeGuesses(account: name, kind: .earlyCode, window)?.count == 1, "\(name)")
        }
    }

    @Test func recoveryCodes() throws {
        let world = try makeClosed()
        let account = try World.name("alice@example.org")
        let code = try AppPasswordText.makeGenerated()
        let verifier = world.keys.recoveryCode.mac(account: account.text, secret: code)
        _ = try world.store.replaceRecoveryCodes([verifier], account: account, change: world.change())
        let shown = text(AppPasswordText.display(code))
        // A typing error in the main password does not use the code up.
        #expect(web(world, "mein secret", shown) == "mismatch")
        #expect(web(world, "main secret", shown) == "throttled: account")
        world.clock.advance(seconds: 30)
        #expect(web(world, "main secret", shown) == "granted")
        #expect(web(world, "main secret", shown) == "throttled: account")
    }
}
