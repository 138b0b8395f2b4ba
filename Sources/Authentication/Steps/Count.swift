package import Credentials

/// An attempt to be counted before it is answered. Whoever has it holds the place of its secret among those under way.
package struct Count: Sendable {
    let judge: Judge
    private let facts: Facts
    package let guess: NewGuess
    /// What is answered once it is counted; of a denial, how it was counted is still missing.
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

    /// To be told what became of it, before its place is given up.
    func note(isCounted: Bool) { judge.underWay.note(facts.key, isCounted: isCounted) }
}
