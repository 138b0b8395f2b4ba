import TestSupport
import Testing

@testable import Authentication
@testable import Credentials

struct StandingTests {
    /// `Standing` says yes where the rule has nothing against it, and nowhere else.
    @Test func standingIsTheRule() throws {
        let name = try World.name("alice@example.org")
        let now = Timestamp(1000)
        var (granted, refused) = (0, 0)
        for services in [Scope.mail, Scope([.imap]), Scope([])] {
            for scope in [Scope.mail, Scope([.imap, .web]), Scope([.smtp])] {
                for expires in [nil, Timestamp(999), Timestamp(1000), Timestamp(1001)] {
                    for service in Service.allCases {
                        let account = AccountState(
                            name: name, generation: 1, mainHash: nil, isMainMapped: false, former: nil,
                            secretsGeneration: 1, mainGeneration: 0, mustChange: true, disabledSince: nil,
                            disabledUntil: nil, secondFactor: .totp, secondFactorSince: nil, appPasswordsRequired: true,
                            secondFactorRequired: true, services: services, sendsAsAny: false,
                            mailbox: MailboxOverrides(), created: now)
                        let appPassword = AppPassword(
                            account: name, id: "a", kind: .generated, name: "", scope: scope, networks: [],
                            created: now, expires: expires, disabled: nil, revoked: nil, isOfSession: false,
                            successor: nil)
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
