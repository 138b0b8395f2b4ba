import Bytes
import Credentials

/// All that is known of one attempt at a moment.
struct Facts: Sendable {
    let attempt: Attempt
    /// Counts nothing, uses up no code.
    let isPreview: Bool
    /// How a SASL message is malformed that no credentials are in.
    let problem: String?
    /// As it is stored, once the account was found; nil: no account can have it.
    var name: AccountName?
    /// Nil: an unknown one.
    let service: Service?
    /// Another identity than the user's own that the client wants, for the log: refused once the secret is right.
    let foreignIdentity: String?
    /// Whether a grant on `web` is to open a webmail session.
    let wantsSession: Bool
    var now: Timestamp

    /// Whether a right code bought the slow hash that the account's budget does not allow.
    var hasBoughtHash = false
    /// Times it started over because the account changed while a slow hash ran.
    var rounds = 0

    var first: FirstAnswer?
    var second: Second?
    /// Among the secrets under way; held until what comes of it is on record.
    var place: SecretsUnderWay.Place?
    var proof: Proof?

    /// What the second answer says, with what this process remembers.
    struct Second: Sendable {
        let knowsNetwork: Bool
        let verdict: Throttling.Verdict
        /// Whether a code may be looked at before the main password.
        let mayBuyHash: Bool
        /// Whether looking again could not find the secret to be anything else than wrong.
        let isKnownWrong: Bool
        /// The same for the right main password, refused.
        let isKnownRefused: Bool
        /// What it was right for.
        let right: Match?
        let slow: [SlowCandidate]
        /// What the secret is remembered by.
        let mac: [UInt8]
        /// As of `SecretsUnderWay`, from before the store was asked.
        let leavings: UInt64

        var isSettled: Bool { isKnownWrong || isKnownRefused }
        /// Tells equal wrong secrets from different ones.
        var fingerprint: String { hex(Array(mac.prefix(3))) }
    }

    var account: AccountState? { first?.account }
    var network: Network { attempt.network }
    var knowsNetwork: Bool { second?.knowsNetwork ?? false }
    /// Among the secrets under way.
    var key: SecretsUnderWay.Key {
        SecretsUnderWay.Key(account: name?.text ?? "", network: network, mac: second?.mac ?? [])
    }
    var rank: GuessRank { account == nil ? .noAccount : knowsNetwork ? .knownNetwork : .newNetwork }

    /// From the first look on, without its place, whoever has copies of that.
    func startedOver(at now: Timestamp) -> Facts {
        place?.leave()
        var facts = self
        facts.first = nil
        facts.second = nil
        facts.place = nil
        facts.proof = nil
        facts.now = now
        return facts
    }

    /// The same, since the account is another one by now.
    func afterChange(at now: Timestamp) -> Facts {
        var facts = startedOver(at: now)
        facts.rounds += 1
        return facts
    }
}
