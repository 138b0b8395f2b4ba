import Authentication
import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// Thirty days of an office's forgotten devices, with the test's clock. Then fail2ban's engine, with the shipped jail,
/// reads the log as if it were of that month.
struct SimulatedMonthTests {
    private static let days: Int64 = 30
    private static let office = "192.0.2.7"

    private func replay(_ world: World, _ times: [Timestamp]) throws -> [String] {
        let directory = TemporaryDirectory()
        let texts = zip(times, world.collector.lines).map {
            "\($0.iso8601.dropLast()).000000+00:00 mx dovecot[7]: \($1)\n"
        }
        let log = try directory.write(texts.joined(), to: "mail.log")
        return try PrivateFailToBan(.file, log: log).replay(log).map { "\($0)" }
    }

    private func signIn(_ world: World, _ account: AccountName) throws {
        let signIn = SignIn(
            account: account, credential: Store.mainCredential, service: .imap, address: IPAddress(Self.office),
            generation: 1)
        try world.store.mark(signIn, at: world.clock.now, world.configuration.retention)
    }

    private func counted(_ world: World) -> Int {
        world.collector.lines.filter { $0.contains("): Password mismatch") || $0.contains("): unknown user") }.count
    }

    /// One device repeats one old password every minute, from a network that is known to the account or is not, while
    /// every possible change is made to its account and its domain.
    @Test(arguments: [true, false])
    func oneDevice(_ isKnown: Bool) throws {
        let world = try World()
        let account = try world.addAccount()
        if isKnown { try signIn(world, account) }
        var times: [Timestamp] = []
        let minutes = Self.days * 1440
        let every = minutes / Int64(AccountWork.all.count + 1)
        #expect(AccountWork.all.count >= 20)
        for minute in 0..<minutes {
            if minute > 0, minute % every == 0, Int(minute / every) <= AccountWork.all.count {
                let work = AccountWork.all[Int(minute / every) - 1]
                try work.perform(world, account, world.change(account.text))
            }
            _ = world.authenticator.decide(world.attempt("alice@example.org", "old password", from: Self.office))
            times.append(world.clock.now)
            world.clock.advance(seconds: 60)
        }
        #expect(world.collector.lines.count == Int(minutes))
        #expect(counted(world) == (isKnown ? 0 : 1))
        #expect(try replay(world, times).isEmpty)
    }

    /// Five devices of five accounts in one office, a known network for each, each with one old password.
    @Test func anOffice() throws {
        let world = try World()
        let names = (1...5).map { "user\($0)@example.org" }
        for name in names { try signIn(world, try world.addAccount(name)) }
        var times: [Timestamp] = []
        for round in 0..<(Self.days * 144) {
            if round % 144 == 72 {
                // Every day the domain gets a new policy.
                try world.store.setPolicy(
                    PolicyChange(Policy(appPasswordsRequired: round % 288 == 72)), domain: "example.org",
                    change: world.change("example.org"))
            }
            for (index, name) in names.enumerated() {
                _ = world.authenticator.decide(world.attempt(name, "old password \(index)", from: Self.office))
                times.append(world.clock.now)
                world.clock.advance(seconds: 1)
            }
            world.clock.advance(seconds: 595)
        }
        #expect(counted(world) == 0)
        #expect(try replay(world, times).isEmpty)
        // Somebody who guesses there is still banned: five different secrets within the jail's time.
        for number in 0..<6 {
            _ = world.authenticator.decide(world.attempt(names[0], "guess \(number)", from: Self.office))
            times.append(world.clock.now)
            world.clock.advance(seconds: 1)
        }
        #expect(try replay(world, times).count == 1)
    }
}
