import Credentials

/// What an attempt led to, and what is left to write once the answer is out.
package struct Decision: Sendable {
    package let outcome: Outcome
    package var followUp: FollowUp?
    /// Of a wrong secret, where it may be the main password before the present one.
    package var formerCheck: FormerCheck?

    init(_ outcome: Outcome) { self.outcome = outcome }

    static func denied(_ denial: Denial) -> Decision { Decision(.denied(denial)) }

    static func unavailable(_ failure: Unavailability) -> Decision { Decision(.unavailable(failure)) }

    /// - Parameter account: Whose secret it was.
    static func granted(
        _ match: Match, _ account: AccountState, _ facts: Facts, _ add: (inout Grant) -> Void = { _ in }
    )
        -> Decision
    {
        // What opens nothing unless the service is known.
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
