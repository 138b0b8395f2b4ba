import Credentials

/// Decides who may sign in: returns the next step of an attempt from all that is known of it. Pure. The order of the
/// lines is the order of the contract, and the precedence of reasons.
package enum Rule {
    enum Next {
        case look(Look)
        /// The secret needs a reservation among the guesses in flight.
        case reserve(Budgets)
        case hash(Service)
        /// The attempt is denied once the guess is counted, which spends budget.
        case count(KnownGuess.Kind, Denial)
        /// The secret cannot be verified and could be right, so the attempt is not decided. It spends budget all the
        /// same, or one such hash would switch throttling off.
        case countUnverified(HashError)
        case commit(Write)
        case grant(Match, AccountState, enrolmentPending: Bool)
        case deny(Denial)
        case fail(Unavailability)
    }

    enum Look {
        /// Reads the account and, if the secret is one, the generated app password.
        case first(AccountName)
        /// Reads the guesses, what is remembered of the secret, and the slow candidates.
        case second
        /// Reads the account again, after a slow hash.
        case proof(AccountName)
    }

    /// A write that the answer depends on.
    enum Write: Sendable {
        /// Uses up a second-factor code, after the main password was right.
        case code(AccountState, Upgrade?, opensSession: Bool)
        /// Looks at a code before the main password, since the account is throttled.
        case earlyCode(Throttle)
        /// Opens a webmail session, for a grant without a code.
        case session(AccountState, Upgrade?)
    }

    /// Rounds of an attempt: it starts over if the account changed meanwhile, such as during a slow hash.
    private static let maxRounds = 3

    static func next(_ facts: Facts) -> Next {
        // The name and the service.
        if let problem = facts.problem {
            return nobody(.malformed, Denial(reason: .malformedExchange, guess: .none, detail: problem), facts)
        }
        if let masterUser = facts.attempt.masterUser {
            // Dovecot verified this secret as the master user's. It is not the account's, so it is not looked at.
            return .deny(.masterUser(masterUser))
        }
        guard let name = facts.name else {
            let fingerprint = facts.second?.fingerprint
            return nobody(.wrong, Denial(reason: .malformedName, guess: .counted, fingerprint: fingerprint), facts)
        }
        guard let service = facts.service else { return .deny(Denial(reason: .unknownService, guess: .none)) }
        guard facts.rounds < maxRounds else { return .fail(.changing) }

        // Generated app passwords: they are never throttled.
        guard let first = facts.first else { return .look(.first(name)) }
        if let account = first.account, let appPassword = first.appPassword {
            return right(.appPassword(appPassword, nil), account, service, facts)
        }

        // Throttling guards what follows.
        guard let second = facts.second else { return .look(.second) }
        let allowance: Budgets
        switch second.verdict {
        case .open(let open): allowance = open
        case .closed(let throttle) where throttle.scope != .account || service != .web || facts.attempt.code.isEmpty:
            return .fail(.throttled(throttle))
        case .closed where facts.hasBoughtHash: allowance = Budgets(pair: 1)
        case .closed(let throttle):
            // Also for names that are no account and for accounts without codes: the time taken must not tell them
            // apart.
            guard second.mayBuyHash, !facts.isPreview else { return .fail(.throttled(throttle)) }
            return .commit(.earlyCode(throttle))
        }

        // What is remembered of the secret.
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
        guard facts.reservation != nil else { return .reserve(allowance) }
        guard let proof = facts.proof else { return .hash(service) }
        if proof.match == nil, let failure = proof.failure { return handle(failure, facts) }
        guard proof.isCurrent else { return .look(.proof(name)) }
        guard let account = first.account, let match = proof.match else { return guess(facts) }
        return right(match, account, service, facts)
    }

    /// Denies a malformed name or a malformed exchange: this costs no hash, and is counted and throttled like any other
    /// guess.
    private static func nobody(_ kind: KnownGuess.Kind, _ denial: Denial, _ facts: Facts) -> Next {
        guard let second = facts.second else { return .look(.second) }
        switch second.verdict {
        case .closed(let throttle): return .fail(.throttled(throttle))
        case .open(let allowance):
            return facts.reservation == nil ? .reserve(allowance) : spend(kind, denial, facts)
        }
    }

    private static func guess(_ facts: Facts) -> Next {
        let reason: DenialReason = facts.account == nil ? .unknownUser : .mismatch
        let denial = Denial(
            reason: reason, guess: .counted, fingerprint: facts.second?.fingerprint,
            looksMistyped: facts.attempt.secret.looksMistyped)
        return spend(.wrong, denial, facts)
    }

    /// Decides an attempt whose secret is right.
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
            case .askCode where facts.attempt.isSecondFactorProved:
                return .grant(match, account, enrolmentPending: false)
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

    /// Refuses the right main password. From a network new to the account this spends as much budget as a guess:
    /// otherwise the time at which throttling starts would tell a right password from a wrong one.
    private static func refuse(_ denial: Denial, _ facts: Facts) -> Next {
        if facts.knowsNetwork { return .deny(denial) }
        // After this failure a wrong password gets no answer either.
        if let failure = facts.proof?.failure { return handle(failure, facts) }
        var denial = denial
        denial.guess = .spends
        return spend(.refused, denial, facts)
    }

    private static func handle(_ failure: HashError, _ facts: Facts) -> Next {
        switch failure {
        case .outOfMemory, .noRandom: .fail(.hash(failure))
        case .unusable, .overLimit: facts.isPreview ? .fail(.hash(failure)) : .countUnverified(failure)
        }
    }

    private static func spend(_ kind: KnownGuess.Kind, _ denial: Denial, _ facts: Facts) -> Next {
        facts.isPreview ? .deny(denial) : .count(kind, denial)
    }

    /// Whether the slow hash may be skipped because of what is remembered. A main password that is refused from a
    /// network new to the account takes as long as a wrong one.
    private static func mayBeQuick(
        _ match: Match, _ account: AccountState, _ service: Service, _ facts: Facts
    ) -> Bool {
        guard case .mainPassword = match, !facts.knowsNetwork else { return true }
        switch judgeMainPassword(account: account, service: service, now: facts.now) {
        case .grant: return true
        case .askCode, .deny: return false
        }
    }

    /// Whether a main password that is remembered as right and refused is refused again. It is answered as quickly as a
    /// remembered wrong one, or a second attempt would tell them apart.
    private static func isRefused(_ account: AccountState, _ service: Service, _ facts: Facts) -> Bool {
        if facts.foreignIdentity != nil { return true }
        switch judgeMainPassword(account: account, service: service, now: facts.now) {
        case .deny: return true
        case .askCode: return facts.attempt.code.isEmpty && !facts.attempt.isSecondFactorProved
        case .grant: return false
        }
    }
}
