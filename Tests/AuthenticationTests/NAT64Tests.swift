@testable import Authentication
import Credentials
import TestSupport
import Testing

/// Clients behind NAT64. Budgets count their IPv4 addresses; lists of networks mean their IPv6 addresses.
struct NAT64Tests {
    @Test(arguments: [
        ("64:ff9b::808:808", "8.8.8.8"), ("64:ff9b::1.1.1.1", "1.1.1.1"),
        // Embedded addresses that are not global, so not from NAT64.
        ("64:ff9b::a00:1", "64:ff9b::/64"), ("64:ff9b::7f00:1", "64:ff9b::/64"), ("64:ff9b::e000:1", "64:ff9b::/64"),
        ("64:ff9b::6440:1", "64:ff9b::/64"), ("64:ff9b::c0a8:1", "64:ff9b::/64"),
        // Other prefixes.
        ("64:ff9b:1::808:808", "64:ff9b:1::/64"), ("64:ff9b::1:808:808", "64:ff9b::/64"),
        ("2001:db8::808:808", "2001:db8::/64"),
    ])
    func budgets(_ address: String, _ network: String) throws {
        #expect(Network(of: IPAddress(address)).description == network)
    }

    @Test func listsMeanWhatTheySay() throws {
        let address = try #require(IPAddress("64:ff9b::808:808"))
        #expect(try !#require(CIDR("8.8.8.0/24")).contains(address))
        let world = try World("trusted_networks = 8.8.8.0/24 2001:db8::/32")
        #expect(world.authenticator.judge.throttling.isTrusted(IPAddress("8.8.8.8")))
        #expect(!world.authenticator.judge.throttling.isTrusted(address))
        let own = try World("trusted_networks = 64:ff9b::/96")
        #expect(own.authenticator.judge.throttling.isTrusted(address))
        #expect(!own.authenticator.judge.throttling.isTrusted(IPAddress("8.8.8.8")))
        // An app password for IPv4 networks is not for their NAT64 forms.
        let account = try own.addAccount()
        let secret = try own.addAppPassword(
            account, NewAppPassword(name: "x", networks: [try #require(CIDR("8.8.8.0/24"))])
        ).secret
        for (from, expected) in [("64:ff9b::808:808", false), ("8.8.8.8", true)] {
            let decision = own.authenticator.decide(own.attempt(account.text, secret, from: from))
            if case .granted = decision.outcome { #expect(expected) } else { #expect(!expected) }
        }
    }

    /// Guesses of one client do not throttle the others.
    @Test func neighboursGoOn() throws {
        let world = try World()
        for number in 0..<20 {
            _ = world.authenticator.decide(world.attempt("a\(number)@example.org", "x", from: "64:ff9b::808:808"))
        }
        #expect(world.collector.lines.last.flatMap(LogLine.message)?.hasPrefix("Throttled") == true)
        _ = world.authenticator.decide(world.attempt("b@example.org", "x", from: "64:ff9b::808:809"))
        #expect(world.collector.lines.last.flatMap(LogLine.message)?.hasPrefix("Throttled") == false)
    }
}
