package import Credentials

/// What an attempt led to, and what is left to write once the answer is out.
package struct Decision: Sendable {
    package let outcome: Outcome
    package var followUp: FollowUp?
    /// Of a wrong secret, where it may be the main password before the present one.
    package var formerCheck: FormerCheck?
}

/// One attempt on its way to a decision, in steps. `Judge` does them; the program says where each runs: one after the
/// other in a process for one attempt, reads in batches and hashes on threads of their own in the daemon.
package struct Evaluation: Sendable {
    package enum Step: Sendable {
        /// `Judge.read`, with a consistent view of the store. Quick.
        case read
        /// `Judge.read` again a moment later: what becomes of others under way has to be known first.
        case wait
        /// `Judge.hash`. Slow, and needs no store.
        case hash
        /// `Judge.write`: the answer waits for a commit.
        case write
        case done(Decision)
    }

    package let attempt: Attempt
    /// Counts nothing, uses up no code.
    let isPreview: Bool
    var state: State

    package var next: Step {
        switch state {
        case .admitting, .reading, .proving: .read
        case .waiting: .wait
        case .hashing: .hash
        case .counting, .usingCode, .openingSession, .buyingHash: .write
        case .done(let decision): .done(decision)
        }
    }

    /// Where it comes from.
    package var network: Network { Network(of: attempt.address) }

    /// Whether it waits for a slow hash and the account has signed in from its network.
    package var isFromKnownNetwork: Bool {
        if case .hashing(_, let view) = state { view.knowsNetwork } else { false }
    }

    package var readsStore: Bool {
        switch state {
        case .admitting, .reading, .proving: true
        case .waiting, .hashing, .counting, .usingCode, .openingSession, .buyingHash, .done: false
        }
    }

    /// Whether its write has to be on disk, and so cannot share a commit with others.
    package var writesDurably: Bool {
        switch state {
        case .usingCode, .openingSession, .buyingHash: true
        case .admitting, .reading, .waiting, .hashing, .proving, .counting, .done: false
        }
    }

    /// From the first look on again, after waiting, or when others may have found something out meanwhile.
    package mutating func lookAgain(now: Timestamp) {
        switch state {
        case .waiting(.name(var count)):
            count.now = now
            state = .admitting(count)
        case .waiting(.question(var question)), .hashing(var question, _):
            question.now = now
            state = .reading(question)
        case .admitting, .reading, .proving, .counting, .usingCode, .openingSession, .buyingHash, .done: break
        }
    }

    /// Ends it without an answer.
    package mutating func fail(_ failure: Unavailability) {
        state = .done(Decision(outcome: .unavailable(failure)))
    }

    enum State: Sendable {
        /// A name that no account can have.
        case admitting(Count)
        case reading(Question)
        case waiting(Admission)
        case hashing(Question, View)
        /// The hash took its time; what it proved must be judged by the account as it is now.
        case proving(Question, View, Match?)
        case counting(Count)
        case usingCode(Question, View, AccountState, Upgrade?)
        /// Granted on `web` without a code.
        case openingSession(Question, AccountState, Upgrade?)
        /// The account is closed for its network; a right code on `web` buys one slow hash all the same.
        case buyingHash(Question, AccountState?, Throttle)
        case done(Decision)
    }

    /// What wants to be looked at.
    enum Admission: Sendable {
        case name(Count)
        case question(Question)
    }

    /// The attempt with its parts understood.
    struct Question: Sendable {
        /// As it is stored, once the account was found.
        var name: AccountName
        let service: Service
        /// Another identity than the user's own that the client wants: refused once the secret is right.
        let foreignIdentity: String?
        let network: Network
        var now: Timestamp
        /// Whether a right code bought the slow hash that the account's budget does not allow.
        var hasBoughtHash = false
        /// Times it started over because the account changed while a slow hash ran.
        var rounds = 0
    }

    /// What one consistent read of the store said.
    struct View: Sendable {
        var account: AccountState?
        var known: KnownGuess?
        /// Whether looking again could not find it to be anything else than what is known.
        var isSettled = false
        /// Whether it is settled as the right main password, refused.
        var isRefused = false
        var slow: [SlowCandidate] = []
        var knowsNetwork = false
        /// Why one of its hashes could not be verified.
        var failure: HashError?
        /// Held until what comes of it is on record.
        var place: SecretsUnderWay.Place?

        var rank: GuessRank { account == nil ? .noAccount : knowsNetwork ? .knownNetwork : .newNetwork }
    }

    /// A secret that turned out to be right.
    enum Match: Sendable {
        case mainPassword(Upgrade?)
        case appPassword(AppPassword, Upgrade?)
    }

    /// An attempt to be counted before it is denied.
    struct Count: Sendable {
        let kind: KnownGuess.Kind
        /// The account's name; empty for names that no account can have.
        let account: String
        let network: Network
        let mac: [UInt8]
        let look: GuessLook
        let rank: GuessRank
        let service: String
        /// As in `NewGuess`.
        var freeFirsts: Int?
        /// Whether a remembered one was looked at once more, which spends budget again.
        var isLooked: Bool
        var now: Timestamp
        var denial: Denial
        /// What is answered instead: its budgets are spent, and nobody can tell whether it is wrong.
        var failure: Unavailability?
        /// What it is compared with once it was answered.
        var former: FormerPassword?
        /// Held until the commit, by whoever has the evaluation as it was before.
        var place: SecretsUnderWay.Place?

        var key: SecretsUnderWay.Key { SecretsUnderWay.Key(account: account, network: network, mac: mac) }
    }
}
