/// Whether and how an account has a second factor.
package enum SecondFactor: String, Sendable {
    case off
    /// Codes are checked here.
    case totp
    /// Managed elsewhere; only known to be on.
    case external
}

/// All that the rule needs to know about one account, with its domain's policy worked in. A class, since an attempt hands it
/// from step to step.
package final class AccountState: Sendable {
    package let name: AccountName
    /// Raised by every change of credentials or policy of the account.
    package let generation: Int64
    package let mainHash: String?
    /// Whether that is the hash of the mapped spelling (`MainPasswordText`).
    package let isMainMapped: Bool
    /// The main password before the present one.
    package let former: FormerPassword?
    /// The account's own generation at the last change that can make a wrong secret right; never 0, which stands for "no
    /// account".
    package let secretsGeneration: Int64
    /// What was proved with the main password in an earlier generation was proved with an older one.
    package let mainGeneration: Int64
    package let mustChange: Bool
    package let disabledSince: Timestamp?
    package let disabledUntil: Timestamp?
    package let secondFactor: SecondFactor
    package let secondFactorSince: Timestamp?
    package let appPasswordsRequired: Bool
    package let secondFactorRequired: Bool
    /// Mail services that policy lets it use.
    package let services: Scope
    /// Whether it may send as any address.
    package let sendsAsAny: Bool
    /// Its own, and its domain's where it has none.
    package let mailbox: MailboxOverrides
    package let created: Timestamp

    init(
        name: AccountName, generation: Int64, mainHash: String?, isMainMapped: Bool, former: FormerPassword?,
        secretsGeneration: Int64, mainGeneration: Int64, mustChange: Bool,
        disabledSince: Timestamp?, disabledUntil: Timestamp?, secondFactor: SecondFactor,
        secondFactorSince: Timestamp?, appPasswordsRequired: Bool, secondFactorRequired: Bool, services: Scope,
        sendsAsAny: Bool, mailbox: MailboxOverrides, created: Timestamp
    ) {
        self.name = name
        self.generation = generation
        self.mainHash = mainHash
        self.isMainMapped = isMainMapped
        self.former = former
        self.secretsGeneration = secretsGeneration
        self.mainGeneration = mainGeneration
        self.mustChange = mustChange
        self.disabledSince = disabledSince
        self.disabledUntil = disabledUntil
        self.secondFactor = secondFactor
        self.secondFactorSince = secondFactorSince
        self.appPasswordsRequired = appPasswordsRequired
        self.secondFactorRequired = secondFactorRequired
        self.services = services
        self.sendsAsAny = sendsAsAny
        self.mailbox = mailbox
        self.created = created
    }

    package func isDisabled(at now: Timestamp) -> Bool {
        guard disabledSince != nil else { return false }
        return disabledUntil.map { now < $0 } ?? true
    }
}

/// A main password that was replaced.
package struct FormerPassword: Sendable {
    package let hash: String
    package let isMapped: Bool
    package let until: Timestamp
}
