import Authentication
import Credentials
import Foundation
import TestSupport
import Testing

/// The alarm in the log: somebody in a new network has the right main password.
struct AlarmTests {
    private let alarm = "Main password refused from a new network: second factor is on, an app password is needed"
    private let plain = "Main password refused: second factor is on, an app password is needed"

    /// A world with an account whose second factor has been on for `days`, used from 192.0.2.7.
    private func world(days: Int64, format: Configuration.LogFormat = .dovecot, isUsed: Bool = true) throws -> World {
        let world = try World(format: format)
        let account = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        if isUsed {
            try world.store.mark(
                SignIn(
                    account: account, credential: "abc", service: .imap, address: IPAddress("192.0.2.7"), generation: 1),
                at: world.clock.now, world.configuration.retention)
        }
        world.clock.advance(seconds: days * 86_400)
        return world
    }

    private func messages(_ world: World, from addresses: [String?]) -> [String] {
        let before = world.collector.lines.count
        for address in addresses {
            _ = world.authenticator.decide(world.attempt("alice@example.org", "main secret", from: address ?? ""))
        }
        return world.collector.lines.dropFirst(before).compactMap(LogLine.message)
    }

    @Test func onceADayANetwork() throws {
        let world = try world(days: 14)
        #expect(
            messages(world, from: ["203.0.113.50", "203.0.113.50", "203.0.113.51", "192.0.2.7"])
                == [alarm, plain, alarm, plain])
        world.clock.advance(seconds: 7200)
        #expect(messages(world, from: ["203.0.113.50"]) == [plain])
        world.clock.advance(seconds: 86_400)
        #expect(messages(world, from: ["203.0.113.50"]) == [alarm])
        let alarms = try world.store.alarms(since: Timestamp(0))
        #expect(
            alarms.map { "\($0.account) \($0.network)" } == [
                "alice@example.org 203.0.113.50", "alice@example.org 203.0.113.51", "alice@example.org 203.0.113.50",
            ])
    }

    @Test func notInTheFirstTwoWeeks() throws {
        #expect(messages(try world(days: 13), from: ["203.0.113.50"]) == [plain])
    }

    @Test func notForAnAccountThatWasNeverUsed() throws {
        #expect(messages(try world(days: 20, isUsed: false), from: ["203.0.113.50"]) == [plain])
    }

    /// Without an address there is no network to compare.
    @Test func notWithoutAnAddress() throws {
        #expect(messages(try world(days: 20), from: [nil]) == [plain])
    }

    @Test func wrongSecretsRaiseNone() throws {
        let world = try world(days: 20)
        _ = world.authenticator.decide(world.attempt("alice@example.org", "wrong", from: "203.0.113.50"))
        #expect(try world.store.alarms(since: Timestamp(0)).isEmpty)
    }

    @Test func severityIsWarning() throws {
        let world = try world(days: 20, format: .json)
        for address in ["203.0.113.50", "203.0.113.50"] {
            _ = world.authenticator.decide(world.attempt("alice@example.org", "main secret", from: address))
        }
        let severities = try world.collector.lines.map {
            try JSONDecoder().decode([String: String].self, from: Data($0.utf8))["severity"]
        }
        #expect(severities == ["warning", "info"])
    }
}
