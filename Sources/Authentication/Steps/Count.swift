package import Credentials

/// A guess to be counted before the attempt is answered. Holds the reservation of its secret.
package struct Count: Sendable {
    let judge: Judge
    private let facts: Facts
    /// The guess to be counted.
    package let guess: NewGuess
    /// The answer once the guess is counted; a denial still lacks how it was counted.
    private let outcome: Outcome

    init(_ facts: Facts, _ judge: Judge, _ guess: NewGuess, _ outcome: Outcome) {
        self.facts = facts
        self.judge = judge
        self.guess = guess
        self.outcome = outcome
    }

    func decision(_ counted: CountedGuess) -> Decision {
        guard case .denied(var denial) = outcome else { return Decision(outcome) }
        switch guess.kind {
        case .wrong: denial.guess = GuessCount(counted.record)
        case .refused: denial.isAlarm = counted.isAlarm
        case .malformed, .code, .earlyCode: break
        }
        var decision = Decision(.denied(denial))
        if guess.kind == .wrong, facts.knowsNetwork, counted.record.former == .notCompared,
            let account = facts.account, let former = account.former
        {
            decision.formerCheck = FormerCheck(
                account: account.name, network: facts.network, mac: guess.mac, former: former)
        }
        return decision
    }

    /// Notes whether the guess was recorded. Call it before the reservation is released.
    func note(isCounted: Bool) { judge.inFlight.note(facts.place, isCounted: isCounted) }
}
