import Bytes
import Authentication
import Credentials
import TestSupport
import Testing

/// A change applies from the very next attempt on, and hashes are upgraded after the sign-in.
struct FreshnessTests {
    private func outcome(_ world: World, _ secret: String) -> String {
        switch world.authenticator.decide(world.attempt("alice@example.org", secret)).outcome {
        case .granted: "granted"
        case .denied(let denial): denial.reason.rawValue
        case .unavailable(let failure): failure.explanation
        }
    }

    @Test func revokedByAnotherConnection() throws {
        let world = try World()
        let account = try world.addAccount()
        let (shown, id) = try world.addAppPassword(account)
        #expect(outcome(world, shown) == "granted")
        let other = try Store(world.configuration.store, keys: world.keys)
        #expect(try other.changeAppPasswords([id], .disable, account: account) { _ in world.change() } == 1)
        #expect(outcome(world, shown) == "app-password-disabled")
        #expect(try other.changeAppPasswords([id], .enable, account: account) { _ in world.change() } == 1)
        #expect(outcome(world, shown) == "granted")
        #expect(try other.changeAppPasswords([id], .revoke, account: account) { _ in world.change() } == 1)
        #expect(outcome(world, shown) == "revoked")
        // Permanently.
        #expect(try other.changeAppPasswords([id], .enable, account: account) { _ in world.change() } == nil)
        #expect(outcome(world, shown) == "revoked")
    }

    @Test func olderMainHashIsReplaced() throws {
        let world = try World()
        let account = try World.name("alice@example.org")
        // Made by `doveadm pw -s SSHA256 -p secret`.
        let old = "{SSHA256}m2bxBVZTVXVhJ6dPYsBCbpgUSyEMc6BQIZYZcKZtw1ZkN1ov"
        _ = try world.store.addAccount(
            account, mainPassword: MainPasswordHash(old, isMapped: false), mailbox: MailboxOverrides(),
            change: world.change())
        #expect(outcome(world, "not it") == "mismatch")
        let state = try #require(try world.store.account(account))
        #expect(state.mainHash == old)
    }

    @Test func upgradeKeepsTheSecretAndTheGeneration() throws {
        let world = try World(passes: 2)
        let account = try world.addAccount()
        let before = try #require(try world.store.account(account))
        // The account's hash was made with one pass.
        let attempt = world.attempt("alice@example.org", "main secret")
        let decision = world.authenticator.decide(attempt)
        let followUp = try #require(decision.followUp)
        #expect(world.authenticator.performNow(followUp))
        world.authenticator.perform(followUp, secret: attempt.secret.raw)
        let after = try #require(try world.store.account(account))
        #expect(before.mainHash != after.mainHash)
        #expect(after.mainHash?.contains(",t=2,") == true)
        #expect(before.generation == after.generation)
        #expect(outcome(world, "main secret") == "granted")
    }

    @Test func importedAppPasswordLearnsItsTag() throws {
        let world = try World()
        let account = try world.addAccount()
        let hash = try PasswordHash.make(Secret(Array("imported".utf8)), memory: 8192, passes: 1)
        _ = try world.store.addAppPassword(
            NewAppPassword(name: "Old phone"), verifier: .imported(hash: hash), account: account
        ) { _ in world.change() }
        // Without a tag it is tried before the main password.
        _ = world.authenticator.decide(world.attempt("alice@example.org", "wrong"))
        #expect(world.authenticator.judge.hasher.performed == 2)
        let attempt = world.attempt("alice@example.org", "imported")
        let followUp = try #require(world.authenticator.decide(attempt).followUp)
        world.authenticator.perform(followUp, secret: attempt.secret.raw)
        let before = world.authenticator.judge.hasher.performed
        _ = world.authenticator.decide(world.attempt("alice@example.org", "wrong again"))
        #expect(world.authenticator.judge.hasher.performed - before == 1)
        #expect(outcome(world, "imported") == "granted")
    }

    /// bcrypt ignores all after 72 bytes: a typing error there must not become part of the password.
    @Test func whatBcryptDidNotSeeIsNotStored() throws {
        let world = try World()
        let account = try World.name("alice@example.org")
        let long = String(repeating: "a", count: 72)
        let made = try run(["perl", "-e", "print crypt('\(long)', '$2y$04$abcdefghijklmnopqrstuu')"]).output
        _ = try world.store.addAccount(
            account, mainPassword: MainPasswordHash(made, isMapped: false), mailbox: MailboxOverrides(),
            change: world.change())
        let attempt = world.attempt("alice@example.org", long + "typing error")
        let followUp = try #require(world.authenticator.decide(attempt).followUp)
        world.authenticator.perform(followUp, secret: attempt.secret.raw)
        #expect(try world.store.account(account)?.mainHash == made)
        #expect(outcome(world, long) == "granted")
    }

    @Test(.enabled(if: TestServer.shared == nil, "about files")) func upgradeNeedsASlot() throws {
        let world = try World("hash_workers = 1", passes: 2)
        let account = try world.addAccount()
        let attempt = world.attempt("alice@example.org", "main secret")
        let followUp = try #require(world.authenticator.decide(attempt).followUp)
        let before = try world.store.account(account)?.mainHash
        let holder = try holdLock(world.directory.path + "/hash-slot.0")
        defer {
            holder.send(9)
            _ = holder.wait()
        }
        world.authenticator.perform(followUp, secret: attempt.secret.raw)
        #expect(try world.store.account(account)?.mainHash == before)
    }

    @Test func unusableHashIsAnOutage() throws {
        let world = try World()
        let account = try World.name("alice@example.org")
        _ = try world.store.addAccount(
            account, mainPassword: MainPasswordHash("{NO-SUCH}abc", isMapped: false), mailbox: MailboxOverrides(),
            change: world.change())
        #expect(outcome(world, "x") == "a stored hash of scheme NO-SUCH is not supported")
    }

    @Test func hashOverTheLimitIsAnOutage() throws {
        let world = try World("hash_memory_limit = 8192")
        let account = try World.name("alice@example.org")
        let hash = try PasswordHash.make(Secret(Array("x".utf8)), memory: 16_384, passes: 1)
        _ = try world.store.addAccount(
            account, mainPassword: MainPasswordHash(hash, isMapped: false), mailbox: MailboxOverrides(),
            change: world.change())
        #expect(outcome(world, "x").contains("the limit is hash_memory_limit = 8192"))
    }

    @Test func disabledUntilADate() throws {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.disable(account, until: world.clock.now.adding(seconds: 60), change: world.change())
        #expect(outcome(world, "main secret") == "disabled")
        world.clock.advance(seconds: 60)
        #expect(outcome(world, "main secret") == "granted")
    }

    /// A code used while the clock was days ahead must not lock the owner out once it is right again.
    @Test func clockAheadLocksNobodyOut() throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        _ = try world.store.enrolTOTP(account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        func use() throws -> Bool {
            let code = TOTP.code(seed: Secret(seed), counter: TOTP.step(at: world.clock.now))
            let result = try world.store.useCode(
                Secret(Array(code.utf8)), account: account, keys: world.keys, now: world.clock.now)
            if case .accepted = result { return true }
            return false
        }
        world.clock.advance(seconds: 3 * 86_400)
        #expect(try use())
        world.clock.advance(seconds: -3 * 86_400)
        #expect(try use())
        #expect(try !use())
    }

    @Test func previewUsesNoCodeUp() throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        _ = try world.store.enrolTOTP(account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        let code = TOTP.code(seed: Secret(seed), counter: TOTP.step(at: world.clock.now))
        let attempt = world.attempt("alice@example.org", "main secret", service: "web", code: code)
        _ = world.authenticator.preview(attempt)
        guard case .granted = world.authenticator.decide(attempt).outcome else { throw TestFailure("used up") }
    }

    @Test func codeCountsOnceWhenTwoRace() async throws {
        let world = try World()
        let account = try world.addAccount()
        let seed = Array("12345678901234567890".utf8)
        _ = try world.store.enrolTOTP(account: account, seed: Secret(seed), keys: world.keys, change: world.change())
        let now = world.clock.now
        let code = TOTP.code(seed: Secret(seed), counter: TOTP.step(at: now))
        let (location, keys) = (world.configuration.store, world.keys)
        let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let store = try Store(location, keys: keys)
                    let result = try store.useCode(Secret(Array(code.utf8)), account: account, keys: keys, now: now)
                    if case .accepted = result { return true }
                    return false
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(accepted == 1)
    }
}
