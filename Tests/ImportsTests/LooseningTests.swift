@testable import Credentials
import Testing

@testable import Imports

/// Each way in which an import could protect an account less: it keeps what it has, and what is stricter is taken.
struct LooseningTests {
    private typealias Account = StoreRecord.Account
    private static let now = Timestamp(1_000_000)
    private static let (before, soon, late) = (Timestamp(999_000), Timestamp(1_001_000), Timestamp(2_000_000))

    private static func account(_ change: (inout Account) -> Void = { _ in }) -> Account {
        var account = Account(address: "alice@example.org", created: before)
        account.appPasswords = [appPassword()]
        change(&account)
        return account
    }

    private static func appPassword() -> StoreRecord.AppPasswordRecord {
        StoreRecord.AppPasswordRecord(
            id: "ABCDEFG", kind: "imported", verifier: "00", hash: "{SSHA}x", name: "Phone", services: ["imap"],
            networks: ["192.0.2.0/24"], created: before, expires: soon)
    }

    /// What is stricter, what is looser, and the words for the way from one to the other.
    private struct Kind: Sendable, CustomStringConvertible {
        let words: String
        let strict: @Sendable (inout Account) -> Void
        let loose: @Sendable (inout Account) -> Void
        var domain = StoreRecord.PolicyRecord()
        var isOneWay = true
        var description: String { words }
    }

    private static let kinds = [
        Kind(words: "second factor would be switched off", strict: { $0.secondFactor = "external" }, loose: { _ in }),
        Kind(
            words: "second factor would be switched off",
            strict: {
                $0.secondFactor = "totp"
                $0.sealedSeed = "00"
                $0.usedSteps = [7]
                $0.recoveryCodes = [StoreRecord.RecoveryCode(verifier: "01")]
            }, loose: { _ in }),
        Kind(
            words: "would get a main password", strict: { $0.mainHash = nil },
            loose: {
                $0.mainHash = "{SSHA}y"
                $0.appPasswords[0].revoked = now
            }, isOneWay: false),
        Kind(words: "would be enabled", strict: { $0.disabledSince = before }, loose: { _ in }),
        Kind(
            words: "would be enabled", strict: { $0.disabledSince = before },
            loose: { account in
                account.disabledSince = before
                account.disabledUntil = soon
            }),
        Kind(
            words: "would be enabled",
            strict: {
                $0.disabledSince = before
                $0.disabledUntil = late
            },
            loose: {
                $0.disabledSince = before
                $0.disabledUntil = soon
            }),
        Kind(words: "no longer have to change", strict: { $0.mustChange = true }, loose: { _ in }),
        Kind(
            words: "no longer require app passwords", strict: { $0.policy.appPasswordsRequired = true }, loose: { _ in }
        ),
        Kind(
            words: "no longer require app passwords", strict: { _ in },
            loose: { $0.policy.appPasswordsRequired = false },
            domain: .init(appPasswordsRequired: true)),
        Kind(
            words: "no longer require a second factor", strict: { $0.policy.secondFactorRequired = true },
            loose: { $0.policy.secondFactorRequired = false }),
        Kind(words: "allow more services", strict: { $0.policy.services = ["imap"] }, loose: { _ in }),
        Kind(
            words: "allow more services", strict: { $0.policy.services = ["imap"] },
            loose: { $0.policy.services = ["pop3"] }, isOneWay: false),
        Kind(
            words: "allow more services", strict: { _ in }, loose: { $0.policy.services = ["imap", "smtp"] },
            domain: .init(services: ["imap"])),
        Kind(words: "live longer", strict: { $0.policy.maxAge = 100 }, loose: { $0.policy.maxAge = 0 }),
        Kind(words: "live longer", strict: { $0.policy.maxAge = 100 }, loose: { $0.policy.maxAge = 101 }),
        Kind(words: "allow more app passwords", strict: { $0.policy.maxAppPasswords = 5 }, loose: { _ in }),
        Kind(
            words: "\"Phone\" would be enabled", strict: { $0.appPasswords[0].disabled = before }, loose: { _ in }),
        Kind(
            words: "for more services", strict: { _ in }, loose: { $0.appPasswords[0].services = ["imap", "smtp"] }),
        Kind(words: "more networks", strict: { _ in }, loose: { $0.appPasswords[0].networks = [] }),
        Kind(words: "more networks", strict: { _ in }, loose: { $0.appPasswords[0].networks = ["192.0.0.0/16"] }),
        Kind(
            words: "more networks", strict: { _ in },
            loose: { $0.appPasswords[0].networks = ["192.0.2.0/25", "198.51.100.0/24"] }, isOneWay: false),
        Kind(words: "would live longer", strict: { _ in }, loose: { $0.appPasswords[0].expires = nil }),
        Kind(words: "would live longer", strict: { _ in }, loose: { $0.appPasswords[0].expires = late }),
    ]

    private static func withhold(_ new: inout Account, over old: Account, _ kind: Kind) -> [String] {
        var loosening = Loosening(now: now)
        loosening.withhold(from: &new, over: old, domain: kind.domain, isNewMainPassword: false)
        return loosening.withheld
    }

    @Test(arguments: kinds.indices)
    func strictStays(_ index: Int) {
        let kind = Self.kinds[index]
        let (strict, loose) = (Self.account(kind.strict), Self.account(kind.loose))
        var new = loose
        let withheld = Self.withhold(&new, over: strict, kind)
        #expect(withheld.count == 1 && withheld[0].contains(kind.words), "\(kind): \(withheld)")
        #expect(new == strict, "\(kind)")
        // The rest is taken.
        new = loose
        new.mailHome = "/srv/new"
        #expect(Self.withhold(&new, over: strict, kind).count == 1)
        #expect(new.mailHome == "/srv/new")
        // The other way round nothing is withheld, unless each is looser in its way.
        guard kind.isOneWay else { return }
        new = strict
        #expect(Self.withhold(&new, over: loose, kind).isEmpty, "\(kind)")
        #expect(new == strict)
    }

    /// What is no loosening.
    @Test func otherChanges() {
        let changes: [(old: Account, new: Account)] = [
            // No longer disabled anyway.
            (
                Self.account {
                    $0.disabledSince = Timestamp(1)
                    $0.disabledUntil = Self.before
                }, Self.account()
            ),
            // Its hash could not be verified: it never worked.
            (
                Self.account {
                    $0.appPasswords[0].disabled = Self.before
                    $0.appPasswords[0].hash = "{OTP}"
                }, Self.account()
            ),
            (Self.account(), Self.account { $0.appPasswords[0].networks = ["192.0.2.7"] }),
            (Self.account(), Self.account { $0.appPasswords = [] }),
            (
                Self.account {
                    $0.secondFactor = "totp"
                    $0.sealedSeed = "00"
                }, Self.account { $0.secondFactor = "external" }
            ),
        ]
        for (old, new) in changes {
            var loosening = Loosening(now: Self.now)
            var taken = new
            loosening.withhold(from: &taken, over: old, domain: .init(), isNewMainPassword: false)
            #expect(loosening.withheld.isEmpty && taken == new, "\(loosening.withheld)")
        }
        // A new main password ends "must change".
        var loosening = Loosening(now: Self.now)
        var new = Self.account()
        loosening.withhold(
            from: &new, over: Self.account { $0.mustChange = true }, domain: .init(), isNewMainPassword: true)
        #expect(loosening.withheld.isEmpty && !new.mustChange)
    }

    /// A revoked app password stays so, and nothing has to be said of it.
    @Test func revokedStays() {
        var loosening = Loosening(now: Self.now)
        var new = Self.account { $0.appPasswords[0].networks = [] }
        loosening.withhold(
            from: &new, over: Self.account { $0.appPasswords[0].revoked = Self.before }, domain: .init(),
            isNewMainPassword: false)
        #expect(loosening.withheld.isEmpty && new.appPasswords[0].revoked == Self.before)
    }
}
