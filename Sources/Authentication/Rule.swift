import Credentials

/// Who may sign in: what comes next for an attempt, by all that is known of it. Pure. The order of the lines is the order of the
/// contract, and the precedence of reasons.
package enum Rule {
    enum Next {
        case look(Look)
        /// A place among the secrets under way is needed.
        case enter(Allowance)
        case hash(Service)
        /// Spends budget, then is denied.
        case count(KnownGuess.Kind, Denial)
        /// A secret that cannot be verified could have been right: there is no answer, but budgets are spent, or one such hash
        /// would switch throttling off.
        case countUnverified(HashError)
        case commit(Write)
        case grant(Match, AccountState, enrolmentPending: Bool)
        case deny(Denial)
        case fail(Unavailability)
    }

    enum Look {
        /// The account, and the generated app password that the secret is, if it is one.
        case first(AccountName)
        /// Guesses, what is remembered, and the slow candidates.
        case second
        /// The account again, after a slow hash.
        case proof(AccountName)
    }

    /// What the answer hangs on.
    enum Write: Sendable {
        /// A second-factor code, once the main password was right.
        case code(AccountState, Upgrade?, opensSession: Bool)
        /// A code before the main password, of an account that is closed.
        case earlyCode(Throttle)
        /// A webmail session, for a grant without a code.
        case session(AccountState, Upgrade?)
    }

    /// Times an attempt starts over because the account changed while a slow hash ran.
    private static let mostRounds = 3

    static func next(_ facts: Facts) -> Next {
        // The name and the service.
        if let problem = facts.problem {
            return nobody(.malformed, Denial(reason: .malformedExchange, guess: .none, detail: problem), facts)
        }
        if let masterUser = facts.attempt.masterUser {
            // Dovecot knows that secret to be right, and it is not the account's: nothing of it is looked at.
            return .deny(.masterUser(masterUser))
        }
        guard let name = facts.name else {
            let fingerprint = facts.second?.fingerprint
            return nobody(.wrong, Denial(reason: .malformedName, guess: .counted, fingerprint: fingerprint), facts)
        }
        guard let service = facts.service else { return .deny(Denial(reason: .unknownService, guess: .none)) }
        guard facts.rounds < mostRounds else { return .fail(.changing) }

        // Generated app passwords: nobody has to wait with one.
        guard let first = facts.first else { return .look(.first(name)) }
        if let account = first.account, let appPassword = first.appPassword {
            return right(.appPassword(appPassword, nil), account, service, facts)
        }

        // Throttling guards what follows.
        guard let second = facts.second else { return .look(.second) }
        let allowance: Allowance
        switch second.verdict {
        case .open(let open): allowance = open
        case .closed(let throttle) where throttle.scope != .account || service != .web || facts.attempt.code.isEmpty:
            return .fail(.throttled(throttle))
        case .closed where facts.hasBoughtHash: allowance = Allowance(pair: 1)
        case .closed(let throttle):
            // Of names that are no account, and of accounts without codes, too: a time that is another one would tell.
            guard second.mayBuyHash, !facts.isPreview else { return .fail(.throttled(throttle)) }
            return .commit(.earlyCode(throttle))
        }

        // What is remembered.
        if second.isKnownWrong { return guess(facts) }
        if let account = first.account {
            if let match = second.right, mayBeQuick(match, account, service, facts) {
                return right(match, account, service, facts)
            }
            if facts.proof == nil, second.isKnownRefused, isRefused(account, service, facts) {
                return right(.mainPassword(nil), account, service, facts)
            }
        }

        // Imported and compact app passwords, and the main password.
        guard facts.place != nil else { return .enter(allowance) }
        guard let proof = facts.proof else { return .hash(service) }
        if proof.match == nil, let failure = proof.failure { return unverified(failure, facts) }
        guard proof.isCurrent else { return .look(.proof(name)) }
        guard let account = first.account, let match = proof.match else { return guess(facts) }
        return right(match, account, service, facts)
    }

    /// A name that no account can have, or none at all: costs no hash, and is counted and throttled like any other guess.
    private static func nobody(_ kind: KnownGuess.Kind, _ denial: Denial, _ facts: Facts) -> Next {
        guard let second = facts.second else { return .look(.second) }
        switch second.verdict {
        case .closed(let throttle): return .fail(.throttled(throttle))
        case .open(let allowance):
            return facts.place == nil ? .enter(allowance) : spend(kind, denial, facts)
        }
    }

    private static func guess(_ facts: Facts) -> Next {
        let reason: DenialReason = facts.account == nil ? .unknownUser : .mismatch
        let denial = Denial(
            reason: reason, guess: .counted, fingerprint: facts.second?.fingerprint,
            looksMistyped: facts.attempt.secret.looksMistyped)
        return spend(.wrong, denial, facts)
    }

    /// What follows from a secret that is right.
    private static func right(_ match: Match, _ account: AccountState, _ service: Service, _ facts: Facts) -> Next {
        // Nobody signs in as somebody else.
        let foreign = facts.foreignIdentity.map {
            Denial(reason: .identityRefused, guess: .none, account: account, detail: $0)
        }
        switch match {
        case .appPassword(let appPassword, _):
            if let foreign { return .deny(foreign) }
            let reason = refusal(
                appPassword, account: account, service: service, address: facts.attempt.address, now: facts.now)
            guard let reason else { return .grant(match, account, enrolmentPending: false) }
            return .deny(Denial(reason: reason, guess: .none, appPassword: appPassword, account: account))
        case .mainPassword(let upgrade):
            if let foreign { return refuse(foreign, facts) }
            switch judgeMainPassword(account: account, service: service, now: facts.now) {
            case .deny(let reason): return refuse(Denial(reason: reason, guess: .none, account: account), facts)
            case .askCode where facts.attempt.code.isEmpty || facts.isPreview:
                return refuse(Denial(reason: .secondFactorMissing, guess: .none, account: account), facts)
            case .askCode:
                let opensSession = facts.wantsSession && !account.mustChange
                return .commit(.code(account, upgrade, opensSession: opensSession))
            case .grant(let pending):
                let opensSession = facts.wantsSession && !account.mustChange && !pending
                return opensSession
                    ? .commit(.session(account, upgrade)) : .grant(match, account, enrolmentPending: pending)
            }
        }
    }

    /// The main password was right and is refused. From a network new to the account that costs as much as a guess, or the
    /// moment at which throttling starts would tell a right password from a wrong one.
    private static func refuse(_ denial: Denial, _ facts: Facts) -> Next {
        if facts.knowsNetwork { return .deny(denial) }
        // A wrong one would have had no answer.
        if let failure = facts.proof?.failure { return unverified(failure, facts) }
        var denial = denial
        denial.guess = .spends
        return spend(.refused, denial, facts)
    }

    private static func unverified(_ failure: HashError, _ facts: Facts) -> Next {
        switch failure {
        case .outOfMemory, .noRandom: .fail(.hash(failure))
        case .unusable, .overLimit: facts.isPreview ? .fail(.hash(failure)) : .countUnverified(failure)
        }
    }

    private static func spend(_ kind: KnownGuess.Kind, _ denial: Denial, _ facts: Facts) -> Next {
        facts.isPreview ? .deny(denial) : .count(kind, denial)
    }

    /// Whether what is remembered may spare the slow hash. A main password that is refused in a network new to the account
    /// takes as long as a wrong one.
    private static func mayBeQuick(
        _ match: Match, _ account: AccountState, _ service: Service, _ facts: Facts
    ) -> Bool {
        guard case .mainPassword = match, !facts.knowsNetwork else { return true }
        switch judgeMainPassword(account: account, service: service, now: facts.now) {
        case .grant: return true
        case .askCode, .deny: return false
        }
    }

    /// Whether the main password, known to be right and refused, is refused again: as quick as a wrong one, or asking twice
    /// would tell.
    private static func isRefused(_ account: AccountState, _ service: Service, _ facts: Facts) -> Bool {
        if facts.foreignIdentity != nil { return true }
        switch judgeMainPassword(account: account, service: service, now: facts.now) {
        case .deny: return true
        case .askCode: return facts.attempt.code.isEmpty
        case .grant: return false
        }
    }
}
