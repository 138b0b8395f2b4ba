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

/// An app password without its secret.
package final class AppPassword: Sendable {
    package enum Kind: String, Sendable { case generated, compact, imported }

    /// Seven symbols: 35 bits, which no account fills; only a clash within the account matters.
    private static let identifierSymbols = 7

    package let account: AccountName
    package let id: String
    package let kind: Kind
    /// What its owner called it. User-chosen text: encode it wherever it is printed.
    package let name: String
    package let scope: Scope
    /// Empty: allowed from everywhere.
    package let networks: [CIDR]
    package let created: Timestamp
    package let expires: Timestamp?
    package let disabled: Timestamp?
    package let revoked: Timestamp?
    /// Made by a webmail for one of its sessions.
    package let isOfSession: Bool
    /// The id of the app password that takes its place.
    package let successor: String?

    init(
        account: AccountName, id: String, kind: Kind, name: String, scope: Scope, networks: [CIDR],
        created: Timestamp, expires: Timestamp?, disabled: Timestamp?, revoked: Timestamp?, isOfSession: Bool,
        successor: String?
    ) {
        self.account = account
        self.id = id
        self.kind = kind
        self.name = name
        self.scope = scope
        self.networks = networks
        self.created = created
        self.expires = expires
        self.disabled = disabled
        self.revoked = revoked
        self.isOfSession = isOfSession
        self.successor = successor
    }

    package static func makeID() throws(RandomFailure) -> String {
        String(decoding: try Base32.randomValues(identifierSymbols).map { Base32.alphabet[Int($0)] }, as: UTF8.self)
    }

    package enum State: String, Sendable { case active, disabled, expired, revoked }

    package func state(at now: Timestamp) -> State {
        if revoked != nil { return .revoked }
        if disabled != nil { return .disabled }
        if let expires, expires <= now { return .expired }
        return .active
    }
}
