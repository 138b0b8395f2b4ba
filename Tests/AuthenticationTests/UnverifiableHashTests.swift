import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// Accounts with a hash that cannot be verified: attempts are outages that spend budgets; no guess is counted or
/// remembered.
struct UnverifiableHashTests {
    private static let hashes = [
        "{PLAIN-MD4}67d3dafef63ff00603aeef3769cfbf0d", "{OTP}x", "$6$sa:lt$x", "{NEVERHEARDOF}",
        "$argon2id$v=19$m=65536,t=1,p=1$c2FsdHNhbHRzYWx0$KIMc7fciUzLUxuuCxdJhk2ljyEVp2fV3U9UaLqaLseE",
    ]

    private func world(_ hash: String) throws -> World {
        let world = try World("hash_memory_limit = 8192")
        let name = try World.name("alice@example.org")
        _ = try world.store.addAccount(
            name, mainPassword: MainPasswordHash(hash, isMapped: false), mailbox: MailboxOverrides(),
            change: world.change(name.text))
        return world
    }

    @Test(arguments: hashes)
    func sixtySecrets(_ hash: String) throws {
        let world = try world(hash)
        for number in 0..<60 {
            let decision = world.authenticator.decide(world.attempt("alice@example.org", "wrong \(number)"))
            guard case .unavailable = decision.outcome else { throw TestFailure("\(decision.outcome)") }
        }
        let messages = world.collector.lines.compactMap(LogLine.message)
        #expect(messages.count == 60 && messages.allSatisfy { !$0.hasPrefix("Password mismatch") })
        #expect(messages.prefix(10).allSatisfy { $0.hasPrefix("Temporary failure: a stored hash") }, "\(messages)")
        #expect(messages.dropFirst(10).allSatisfy { $0.hasPrefix("Throttled") }, "\(messages.last ?? "")")
        // None of them is remembered as wrong.
        let name = try World.name("alice@example.org")
        _ = try world.store.setMainPassword(
            World.mainPassword("wrong 3"), former: .none, account: name, change: world.change())
        world.clock.advance(seconds: 7200)
        let decision = world.authenticator.decide(world.attempt("alice@example.org", "wrong 3"))
        guard case .granted = decision.outcome else { throw TestFailure("\(decision.outcome)") }
    }

    /// A right app password is still granted, and a preview spends nothing.
    @Test func othersGoOn() throws {
        let world = try world(Self.hashes[0])
        let name = try World.name("alice@example.org")
        let hash = try PasswordHash.make(Secret(Array("imported".utf8)), memory: 8192, passes: 1)
        _ = try world.store.addAppPassword(
            NewAppPassword(name: "x"), verifier: .imported(hash: hash), account: name
        ) { _ in world.change() }
        for _ in 0..<30 {
            guard case .unavailable(.hash) = world.authenticator.preview(world.attempt(name.text, "wrong")) else {
                throw TestFailure("no outage")
            }
        }
        guard case .granted = world.authenticator.decide(world.attempt(name.text, "imported")).outcome else {
            throw TestFailure("not granted")
        }
    }
}
