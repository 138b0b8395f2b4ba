import Credentials

/// The outcome of an attempt, and what is left to do after the answer.
package struct Decision: Sendable {
    /// The answer.
    package let outcome: Outcome
    /// What is written after the answer; nil: nothing.
    package var followUp: FollowUp?
    /// The comparison of a wrong secret with the previous main password; nil: none is due.
    package var formerCheck: FormerCheck?

    init(_ outcome: Outcome) { self.outcome = outcome }

    static func denied(_ denial: Denial) -> Decision { Decision(.denied(denial)) }

    static func unavailable(_ failure: Unavailability) -> Decision { Decision(.unavailable(failure)) }

    /// Grants an attempt, and denies it if the service is unknown.
    ///
    /// - Parameter account: The account whose secret it was.
    static func granted(
        _ match: Match, _ account: AccountState, _ facts: Facts, _ add: (inout Grant) -> Void = { _ in }
    )
        -> Decision
    {
        // Nothing is granted for an unknown service.
        guard let service = facts.service else { return .denied(Denial(reason: .unknownService, guess: .none)) }
        var grant = Grant(account: account, credential: match.credential)
        add(&grant)
        let signIn = SignIn(
            account: account.name, credential: grant.credential.name, service: service, address: facts.attempt.address,
            generation: account.generation, isOfSession: grant.credential.isOfSession)
        var decision = Decision(.granted(grant))
        decision.followUp = FollowUp(signIn: signIn, at: facts.now, upgrade: match.upgrade)
        return decision
    }
}
