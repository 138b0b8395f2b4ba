/// A secret that was wrong (or spent budget as if), as it is remembered.
package struct KnownGuess: Sendable {
    package enum Kind: String, Sendable {
        case wrong
        /// It spent budget and is no wrong secret: the right main password, refused, from a network new to the account, or one
        /// that could not be verified. Its MAC is of no secret.
        case refused
        /// A second-factor code.
        case code
        /// A SASL message that no credentials are in.
        case malformed
        /// A code that was looked at before the main password.
        case earlyCode = "early code"
    }

    package let kind: Kind
    /// Attempts so far.
    package let count: Int64
    package let first: Timestamp
    /// What the last look at it was against.
    package let look: GuessLook
    package let former: FormerComparison
    /// Whether a line that log readers count was written for it.
    package let isCounted: Bool
}

/// What a wrong secret was compared with.
package struct GuessLook: Sendable {
    /// The account's (`AccountState.secretsGeneration`); 0: no account.
    package let secretsGeneration: Int64
    /// Of hashes, KiB.
    package let memoryLimit: Int64
    /// Whether the main password was hashed in its mapped spelling.
    package let isMapped: Bool

    package init(secretsGeneration: Int64, memoryLimit: Int64, isMapped: Bool) {
        self.secretsGeneration = secretsGeneration
        self.memoryLimit = memoryLimit
        self.isMapped = isMapped
    }

    /// Whether looking again could give another answer: some secret of the account, or the limit for hashes, changed since.
    ///
    /// - Parameters:
    ///   - account: Nil for a name that is no account, for which no secret is right.
    ///   - isASCII: Whether the secret is: other ones may be another spelling of a main password that is mapped by now.
    package func isOutdated(for account: AccountState?, memoryLimit: Int64, isASCII: Bool) -> Bool {
        guard let account else { return false }
        return secretsGeneration != account.secretsGeneration || self.memoryLimit < memoryLimit
            || !isASCII && isMapped != account.isMainMapped
    }
}

/// Whether a wrong secret is the main password before the present one.
package enum FormerComparison: Equatable, Sendable {
    case notCompared
    case different
    /// It is; when it was replaced.
    case same(until: Timestamp)
}

/// What a guess is worth remembering for. Each kind has room of its own.
package enum GuessRank: Int64, Sendable {
    case noAccount = 0
    case newNetwork = 1
    case knownNetwork = 2
}

/// The time within which guesses count: of this length in seconds, and up to now. What a clock that was set back left
/// in the future does not count.
package struct GuessWindow: Sendable {
    /// Seconds by which others may be ahead: an attempt takes its time when it arrives, and may wait for a slow hash and
    /// for the database before it is counted.
    private static let slack: Int64 = 10

    package let length: Int64
    /// Seconds that a wrong secret is remembered after it was last given.
    package let memory: Int64
    package let now: Timestamp

    package init(length: Int64, memory: Int64, now: Timestamp) {
        self.length = length
        self.memory = memory
        self.now = now
    }

    /// A guess of this time is too old to count.
    var end: Timestamp { now.adding(seconds: -length) }

    /// One that was last given then is forgotten.
    var forgotten: Timestamp { now.adding(seconds: -memory) }

    /// A guess of a later time is one of a wrong clock.
    var latest: Timestamp { now.adding(seconds: Self.slack) }
}

/// A guess to be recorded.
package struct NewGuess: Sendable {
    package let kind: KnownGuess.Kind
    /// As stored; a name that is no account; or empty for names that no account can have.
    package let account: String
    package let network: Network
    /// What tells the secret from others at this account.
    package let mac: [UInt8]
    package let look: GuessLook
    package let rank: GuessRank
    package let service: String
    /// How many accounts of one network may have a first wrong secret within the window that is no guess; nil: this one
    /// is a guess in any case.
    package let freeFirsts: Int?
    /// Whether one that is remembered was looked at once more, which spends budget again.
    package let isLooked: Bool
    package let window: GuessWindow
    /// Puts an alarm on record with it, which is kept so long; nil: somebody may well do this.
    package let alarm: Retention?

    package init(
        kind: KnownGuess.Kind, account: String, network: Network, mac: [UInt8], look: GuessLook, rank: GuessRank,
        service: String, freeFirsts: Int? = nil, isLooked: Bool, window: GuessWindow, alarm: Retention? = nil
    ) {
        self.kind = kind
        self.account = account
        self.network = network
        self.mac = mac
        self.look = look
        self.rank = rank
        self.service = service
        self.freeFirsts = freeFirsts
        self.isLooked = isLooked
        self.window = window
        self.alarm = alarm
    }

    func with(mac: [UInt8]) -> NewGuess {
        NewGuess(
            kind: kind, account: account, network: network, mac: mac, look: look, rank: rank, service: service,
            freeFirsts: freeFirsts, isLooked: isLooked, window: window, alarm: alarm)
    }
}

/// What became of it, with an alarm or without.
package struct CountedGuess: Sendable {
    package let record: GuessRecord
    package let isAlarm: Bool
}

package enum GuessRecord: Sendable {
    /// A guess.
    case counted
    /// The first wrong secret of the account from a network that it has signed in from: not for log readers.
    case first
    /// Remembered already; as it was before this attempt.
    case repeated(KnownGuess)

    /// Whether the secret is known to be the former main password.
    package var former: FormerComparison {
        switch self {
        case .counted, .first: .notCompared
        case .repeated(let known): known.former
        }
    }
}
