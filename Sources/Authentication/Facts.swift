import Bytes
import Credentials

/// All that is known of one attempt at one time.
struct Facts: Sendable {
    let attempt: Attempt
    /// Whether nothing is counted and no code is used up.
    let isPreview: Bool
    /// What is wrong with a SASL message that contains no credentials; nil: nothing.
    let problem: String?
    /// The name, as stored once the account is found; nil: malformed.
    var name: AccountName?
    /// Nil: unknown.
    let service: Service?
    /// An authorization identity other than the user's own, for the log; the attempt is refused once the secret is
    /// right.
    let foreignIdentity: String?
    /// Whether a grant on `web` is to open a webmail session.
    let wantsSession: Bool
    var now: Timestamp

    /// Whether a right code bought the slow hash that the account's budget does not allow.
    var hasBoughtHash = false
    /// How often the attempt started over because the account changed.
    var rounds = 0

    var first: FirstAnswer?
    var second: Second?
    /// Counts its secret among those in flight; held until its result is on record.
    var reservation: InFlightGuesses.Reservation?
    var proof: Proof?

    /// The answer to the second look, with what this process remembers.
    struct Second: Sendable {
        let knowsNetwork: Bool
        let verdict: Throttling.Verdict
        /// The guesses that the verdict was made from.
        let counted: Budgets
        /// Whether a code may be looked at before the main password.
        let mayBuyHash: Bool
        /// Whether the secret is remembered as wrong and looking again would give the same result.
        let isKnownWrong: Bool
        /// Whether it is remembered likewise as the right main password, refused.
        let isKnownRefused: Bool
        /// The credential that the secret is remembered to be right for.
        let right: Match?
        let slow: [SlowCandidate]
        /// The MAC that the secret is remembered by.
        let mac: [UInt8]
        /// `InFlightGuesses.releases` from before the store was asked.
        let releases: UInt64

        var isSettled: Bool { isKnownWrong || isKnownRefused }
        /// Tells equal wrong secrets from different ones.
        var fingerprint: String { hex(Array(mac.prefix(3))) }
    }

    var account: AccountState? { first?.account }
    var network: Network { attempt.network }
    var knowsNetwork: Bool { second?.knowsNetwork ?? false }
    /// Identifies its secret among those in flight.
    var place: Place {
        Place(account: name?.text ?? "", network: network, mac: second?.mac ?? [])
    }
    var rank: GuessRank { account == nil ? .noAccount : knowsNetwork ? .knownNetwork : .newNetwork }

    /// The facts from before the first look. Releases the reservation, even if copies of these facts hold it.
    func startedOver(at now: Timestamp) -> Facts {
        reservation?.release()
        var facts = self
        facts.first = nil
        facts.second = nil
        facts.reservation = nil
        facts.proof = nil
        facts.now = now
        return facts
    }

    /// The same after the account changed, which begins another round.
    func afterChange(at now: Timestamp) -> Facts {
        var facts = startedOver(at: now)
        facts.rounds += 1
        return facts
    }
}
