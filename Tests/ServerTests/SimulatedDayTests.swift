import Authentication
import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// Eight hours with the test's clock, through the library and through the daemon's socket. Then fail2ban's engine, with
/// the shipped jail, reads the log as if it were of that day.
struct SimulatedDayTests {
    private static let hours = 8

    /// Adds an account that was used from the office with its main password, and has had a second factor since
    /// yesterday.
    private func prepare(_ store: Store, _ keys: Keys, now: Timestamp, _ retention: Retention) throws -> Day {
        let account = try World.name(Day.account)
        let yesterday = Change(at: now.adding(seconds: -86_400), actor: "test", subject: "test", action: "test")
        let hash = try PasswordHash.make(Secret(Array(Day.mainPassword.utf8)), memory: 8192, passes: 1)
        _ = try store.addAccount(
            account, mainPassword: MainPasswordHash(hash, isMapped: false), mailbox: MailboxOverrides(),
            change: yesterday)
        let signIn = SignIn(
            account: account, credential: Store.mainCredential, service: .imap, address: IPAddress(Day.office),
            generation: 1)
        try store.mark(signIn, at: yesterday.at, retention)
        _ = try store.setExternalSecondFactor(true, account: account, change: yesterday)
        let secret = try AppPasswordText.makeGenerated()
        let mac = keys.appPassword.mac(account: account.text, secret: secret)
        _ = try store.addAppPassword(NewAppPassword(name: "Phone"), verifier: .mac(mac), account: account) { _ in
            yesterday
        }
        return Day(
            length: Double(Self.hours) * 3600, minute: 60, guesses: 5000, accounts: 500,
            appPassword: text(AppPasswordText.display(secret)))
    }

    /// Checks a log of the day, and the bans that the jail makes of it.
    ///
    /// - Parameter lines: The log lines with their times.
    private func judge(_ name: String, _ day: Day, _ lines: [(at: Timestamp, text: String)]) throws {
        let directory = TemporaryDirectory()
        let log = try directory.write(
            lines.map { "\($0.at.iso8601.dropLast()).000000+00:00 mx dovecot[7]: \($0.text)\n" }.joined(),
            to: "mail.log")
        let bans = try PrivateFailToBan(.file, log: log).replay(log)
        let report = DayReport(lines.map(\.text))
        print("eight hours, \(name), \(day.attempts.count) attempts:\n\(report.table(bans: bans))")
        #expect(lines.count == day.attempts.count)
        #expect(report.problems(day, bans: bans) == [])
    }

    @Test func library() throws {
        let world = try World()
        let day = try prepare(world.store, world.keys, now: world.clock.now, world.configuration.retention)
        let start = world.clock.now
        var lines: [(at: Timestamp, text: String)] = []
        for attempt in day.attempts {
            world.clock.advance(seconds: start.seconds + Int64(attempt.second) - world.clock.now.seconds)
            _ = world.authenticator.decide(world.attempt(attempt.user, attempt.secret, from: attempt.address))
            lines.append((world.clock.now, try #require(world.collector.lines.last)))
        }
        try judge("library", day, lines)
        // Fewer hashes than guesses: repeats cost none, and throttled attempts none either.
        #expect(world.authenticator.judge.hasher.performed < 3000)
    }

    @Test func daemon() async throws {
        let installation = try ProgramInstallation()
        let configuration = try ConfigurationFile.load(path: installation.configurationFile)
        let (store, keys) = try installation.open()
        let clock = TestClock()
        let start = clock.now
        let day = try prepare(store, keys, now: start, configuration.retention)
        var times: [Timestamp] = []
        try await withDaemon(installation, clock: clock) { client in
            for attempt in day.attempts {
                clock.advance(seconds: start.seconds + Int64(attempt.second) - clock.now.seconds)
                let answer = try client.attempt(attempt.user, attempt.secret, from: attempt.address)
                let isGranted = [Day.Actor.owner, .traveller].contains(attempt.actor)
                #expect((answer[0] == "OK") == isGranted, "\(attempt) \(answer)")
                times.append(clock.now)
            }
        }
        let texts = installation.logLines.map { String($0.split(separator: ": ", maxSplits: 1)[1]) }
        try judge("daemon's socket", day, Array(zip(times, texts).map { ($0, $1) }))
    }
}
