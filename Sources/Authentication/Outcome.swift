package import Bytes
package import Credentials

/// The answer to an attempt. An outage is never a denial, and a denial is a value, not an error.
package enum Outcome: Sendable {
    case granted(Grant)
    case denied(Denial)
    case unavailable(Unavailability)
}

package struct Grant: Sendable {
    package enum Credential: Sendable {
        case mainPassword
        case appPassword(AppPassword)

        /// As the store records it.
        var name: String {
            switch self {
            case .mainPassword: Store.mainCredential
            case .appPassword(let appPassword): appPassword.id
            }
        }

        var isOfSession: Bool {
            switch self {
            case .mainPassword: false
            case .appPassword(let appPassword): appPassword.isOfSession
            }
        }
    }

    package let account: AccountState
    package let credential: Credential
    /// Policy asks for a second factor and none is enrolled yet.
    package var enrolmentPending = false
    /// What a webmail is given for its session.
    package var session: SessionPassword?
    /// Why it is not.
    var sessionFailure: Unavailability?
}

/// The app password of a webmail's session.
package final class SessionPassword: Sendable {
    package let id: String
    /// As it is shown.
    package let secret: Secret
    package let expires: Timestamp

    init(id: String, secret: consuming Secret, expires: Timestamp) {
        self.id = id
        self.secret = secret
        self.expires = expires
    }
}

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

/// What a denial means to those who count guesses.
package enum GuessCount: Sendable {
    /// A refusal: the secret was right.
    case none
    /// The first time that this wrong secret was given, as far as is remembered.
    case counted
    /// The first wrong secret of the account from a network that it has signed in from: budgets count it, log readers do
    /// not.
    case first
    /// The same wrong secret again.
    case repeated(KnownGuess)
    /// A refusal of the main password from a network that is new to the account: spends budget as a guess would, and
    /// is not one.
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

package struct Denial: Sendable {
    package let reason: DenialReason
    package var guess: GuessCount
    /// The app password that was refused.
    package var appPassword: AppPassword?
    /// Six hexadecimal digits that tell equal wrong secrets from different ones; nil for right and refused secrets.
    package var fingerprint: String?
    /// Looks like an app password with a typing error in it.
    package var looksMistyped = false
    /// The account, when there is one and its main password or an app password was right.
    package var account: AccountState?
    /// Who the client wanted to be, or whose secret it gave, instead of the user; or how a SASL message was malformed.
    package var detail: String?
    /// What was wrong with the code, if that can be said.
    package var codeFault: CodeFault?
    /// Why no code was looked at.
    package var throttle: Throttle?
    /// A right main password from where the account was never used, when that should not happen any more.
    package var isAlarm = false
}

extension Denial {
    /// The secret of a master user, whom Dovecot let in: it opens nobody's account here.
    package static func masterUser(_ name: [UInt8]) -> Denial {
        Denial(reason: .identityRefused, guess: .none, detail: "master user \(LogText.encode(name))")
    }
}

/// Why there is no answer.
package enum Unavailability: Error, Sendable {
    case configuration(ConfigurationError)
    case keyFile(KeyFileError)
    case store(StoreError)
    case hash(HashError)
    /// All slots for slow hashes stayed taken.
    case hashWorkersBusy
    case hashQueueFull
    case clientGone
    /// Too many guesses came before.
    case throttled(Throttle)
    /// Others from the same network or at the same account are being looked at.
    case othersUnderWay
    /// Guesses could not be written down, as many as the budgets allow.
    case guessesNotCounted
    /// The account was changed again and again while its password was being verified.
    case changing
    /// It is there and does not answer.
    case daemon(String)

    /// One sentence for the log: what is wrong and what to do.
    package var explanation: String {
        switch self {
        case .configuration(let error): error.explanation
        case .keyFile(let error): error.explanation
        case .store(let error): error.explanation
        case .hash(let error): error.explanation
        case .hashWorkersBusy: "all hash_workers stayed busy"
        case .clientGone: "the client went before its turn"
        case .hashQueueFull: "more than hash_queue sign-ins wait for a slow hash"
        case .throttled(let throttle): throttle.explanation
        case .othersUnderWay: "other secrets for this account or from this network were still being looked at"
        case .guessesNotCounted: "guesses cannot be written to the database; until they can, no more are looked at"
        case .changing: "the account kept changing meanwhile"
        case .daemon(let problem): "posternd does not answer (\(problem))"
        }
    }
}
