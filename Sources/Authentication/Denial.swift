package import Credentials

/// Why an attempt was denied. The raw values are the words of the decision table and of the JSON log.
package enum DenialReason: String, CaseIterable, Sendable {
    case malformedName = "malformed-name"
    case malformedExchange = "malformed-exchange"
    case unknownService = "unknown-service"
    case identityRefused = "identity-refused"
    case unknownUser = "unknown-user"
    case mismatch
    case secondFactorMissing = "second-factor-missing"
    case secondFactorMismatch = "second-factor-mismatch"
    case secondFactorOtherClock = "second-factor-other-clock"
    case secondFactorThrottled = "second-factor-throttled"
    case disabled
    case mustChange = "must-change"
    case mainPasswordRefused = "main-password-refused"
    case revoked
    case appPasswordDisabled = "app-password-disabled"
    case expired
    case serviceNotAllowed = "service-not-allowed"
    case outOfScope = "out-of-scope"
    case networkNotAllowed = "network-not-allowed"
}

/// How a denial counts as a guess.
package enum GuessCount: Sendable {
    /// Not a guess: the secret was right, or it was not looked at.
    case none
    /// A wrong secret that is not remembered.
    case counted
    /// The account's first wrong secret from a network that it has signed in from: budgets count it, log readers do
    /// not.
    case first
    /// A wrong secret that is remembered.
    case repeated(KnownGuess)
    /// A refusal of the main password from a network new to the account: it spends budget as a guess does, but is none.
    case spends
}

extension GuessCount {
    init(_ record: GuessRecord) {
        switch record {
        case .counted: self = .counted
        case .first: self = .first
        case .repeated(let known): self = .repeated(known)
        }
    }
}

/// A denied sign-in, with details for the log.
package struct Denial: Sendable {
    /// The first reason that applies, in the contract's order.
    package let reason: DenialReason
    /// How it was counted.
    package var guess: GuessCount
    /// The app password that was refused.
    package var appPassword: AppPassword?
    /// Six hexadecimal digits that tell equal wrong secrets from different ones; nil for right and refused secrets.
    package var fingerprint: String?
    /// Whether the secret looks like an app password with a typing error.
    package var looksMistyped = false
    /// The account, if its main password or one of its app passwords was right.
    package var account: AccountState?
    /// The identity that the client asked for, the master user, or what is wrong with a SASL message.
    package var detail: String?
    /// What was wrong with the code, if known.
    package var codeFault: CodeFault?
    /// The spent budget because of which the code was not looked at.
    package var throttle: Throttle?
    /// Whether an alarm was recorded: the right main password was refused from a new network, long after the second
    /// factor was enabled.
    package var isAlarm = false
}

extension Denial {
    /// Denies the secret of a master user, although Dovecot accepted it: in Postern it opens no account.
    package static func masterUser(_ name: [UInt8]) -> Denial {
        Denial(reason: .identityRefused, guess: .none, detail: "master user \(LogText.encode(name))")
    }
}
