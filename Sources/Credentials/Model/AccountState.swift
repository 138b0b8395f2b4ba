/// Everything the sign-in rule needs to know about one account, its domain's policy included. A class, because an
/// attempt passes it from step to step.
package final class AccountState: Sendable {
    /// The account's name as it is stored.
    package let name: AccountName
    /// Raised by every change of credentials or policy of the account or its domain.
    package let generation: Int64
    /// The stored hash of the main password; nil: the account has none.
    package let mainHash: String?
    /// Whether `mainHash` is the hash of the mapped spelling (`MainPasswordText`).
    package let isMainMapped: Bool
    /// The previous main password.
    package let former: FormerPassword?
    /// The account's own generation at the last change that can make a wrong secret right; never 0, which stands for
    /// "no account".
    package let secretsGeneration: Int64
    /// The generation at the last change of the main password: what was proved with a main password in an earlier
    /// generation was proved with an older one.
    package let mainGeneration: Int64
    /// Whether the main password only opens the web until it is changed.
    package let mustChange: Bool
    /// When the account was disabled; nil: it is not disabled.
    package let disabledSince: Timestamp?
    /// When a disabled account can sign in again; nil: not until it is enabled.
    package let disabledUntil: Timestamp?
    /// The kind of second factor.
    package let secondFactor: SecondFactor
    /// When the second factor was enabled; nil: it is off.
    package let secondFactorSince: Timestamp?
    /// Whether policy bars the main password from mail services.
    package let appPasswordsRequired: Bool
    /// Whether policy requires a second factor.
    package let secondFactorRequired: Bool
    /// Mail services that policy allows.
    package let services: Scope
    /// Whether the account may send as any address.
    package let sendsAsAny: Bool
    /// The account's own overrides, and its domain's where it has none.
    package let mailbox: MailboxOverrides
    /// When the account was added.
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

    /// Whether the account is disabled at this time, so that every sign-in is refused.
    package func isDisabled(at now: Timestamp) -> Bool {
        guard disabledSince != nil else { return false }
        return disabledUntil.map { now < $0 } ?? true
    }
}
