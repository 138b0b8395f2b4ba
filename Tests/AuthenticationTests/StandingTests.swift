import TestSupport
import Testing

@testable import Authentication
@testable import Credentials

struct StandingTests {
    private let now = Timestamp(1000)

    private func account(services: Scope = .mail, disabledSince: Timestamp? = nil, until: Timestamp? = nil) throws
        -> AccountState
    {
        AccountState(
            name: try World.name("alice@example.org"), generation: 1, mainHash: nil, isMainMapped: false, former: nil,
            secretsGeneration: 1, mainGeneration: 0, mustChange: true, disabledSince: disabledSince,
            disabledUntil: until,
            secondFactor: .totp, secondFactorSince: nil, appPasswordsRequired: true, secondFactorRequired: true,
            services: services, sendsAsAny: false, mailbox: MailboxOverrides(), created: now)
    }

    private func appPassword(
        scope: Scope = .mail, networks: [CIDR] = [], expires: Timestamp? = nil, disabled: Timestamp? = nil,
        revoked: Timestamp? = nil, isOfSession: Bool = false
    ) throws -> AppPassword {
        AppPassword(
            account: try World.name("alice@example.org"), id: "a", kind: .generated, name: "", scope: scope,
            networks: networks, created: now, expires: expires, disabled: disabled, revoked: revoked,
            isOfSession: isOfSession, successor: nil)
    }

    /// There is no standing if more than service and time must be checked, even if a disabling has ended by now.
    @Test func moreToBeJudged() throws {
        let block = try #require(CIDR("0.0.0.0/0"))
        #expect(Standing(try appPassword(), account: try account()) != nil)
        #expect(Standing(try appPassword(networks: [block]), account: try account()) == nil)
        #expect(Standing(try appPassword(revoked: Timestamp(1)), account: try account()) == nil)
        #expect(Standing(try appPassword(disabled: Timestamp(1)), account: try account()) == nil)
        #expect(Standing(try appPassword(isOfSession: true), account: try account()) == nil)
        #expect(Standing(try appPassword(), account: try account(disabledSince: Timestamp(1))) == nil)
        let over = try account(disabledSince: Timestamp(1), until: Timestamp(2))
        #expect(Standing(try appPassword(), account: over) == nil)
    }

    /// `Standing` allows exactly what the rule does not refuse.
    @Test func standingIsTheRule() throws {
        var (granted, refused) = (0, 0)
        for services in [Scope.mail, Scope([.imap]), Scope([])] {
            for scope in [Scope.mail, Scope([.imap, .web]), Scope([.smtp])] {
                for expires in [nil, Timestamp(999), Timestamp(1000), Timestamp(1001)] {
                    for service in Service.allCases {
                        let account = try account(services: services)
                        let appPassword = try appPassword(scope: scope, expires: expires)
                        let standing = try #require(Standing(appPassword, account: account))
                        let reason = Rule.refusal(
                            appPassword, account: account, service: service, address: nil, now: now)
                        #expect(standing.allows(service, now: now) == (reason == nil))
                        if reason == nil { granted += 1 } else { refused += 1 }
                    }
                }
            }
        }
        #expect(granted > 10 && refused > 100)
    }
}
