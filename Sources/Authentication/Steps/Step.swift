package import Credentials

/// The next step of an attempt. The program decides where it runs: a process for one attempt runs one step after the
/// other; the daemon runs them in batches, and hashes on threads of their own.
package enum Step: Sendable {
    /// Quick: asks the store.
    case lookFirst(FirstLook)
    case lookSecond(SecondLook)
    /// Try again shortly: the result of other guesses in flight has to be known first.
    case wait(Wait)
    /// Slow, and needs no store.
    case hash(Hash)
    /// Try again shortly if the store has no place.
    case enter(Enter)
    /// The answer waits for a commit that many attempts share.
    case count(Count)
    /// The answer waits for a commit of its own.
    case commit(Commit)
    case done(Decision)

    /// The end of an attempt that cannot be decided.
    package static func unavailable(_ failure: Unavailability) -> Step { .done(.unavailable(failure)) }
}

extension Judge {
    /// Begins an attempt.
    ///
    /// - Parameter isPreview: Whether nothing is counted and no code is used up.
    package func begin(_ attempt: Attempt, isPreview: Bool = false) -> Step {
        next(facts(attempt, isPreview: isPreview, problem: nil))
    }

    /// Begins an attempt whose SASL message contains no credentials: it spends the budget of its network.
    ///
    /// - Parameter problem: What is wrong with the message; printable ASCII.
    package func begin(malformed attempt: Attempt, _ problem: String) -> Step {
        next(facts(attempt, isPreview: false, problem: problem))
    }

    fileprivate func next(_ facts: Result<Facts, StoreError>) -> Step {
        switch facts {
        case .success(let facts): next(facts)
        case .failure(let error): .unavailable(.store(error))
        }
    }

    fileprivate func next(_ known: Facts) -> Step {
        var facts = known
        while true {
            switch Rule.next(facts) {
            case .look(.first(let name)), .look(.proof(let name)): return .lookFirst(FirstLook(facts, name, self))
            case .look(.second):
                guard let mac = guessMAC(facts) else { return .unavailable(.hash(.noRandom)) }
                return .lookSecond(SecondLook(facts, mac: mac, self))
            case .reserve(let allowance):
                switch inFlight.reserve(facts.place, allowance, releases: facts.second?.releases ?? 0) {
                case .wait: return .wait(Wait(facts, self))
                case .uncounted: return .unavailable(.guessesNotCounted)
                case .reserved(let reservation) where inFlight.areShared && !facts.isPreview:
                    return .enter(Enter(facts, reservation, allowance, self))
                case .reserved(let reservation): facts.reservation = reservation
                }
            case .hash(let service): return .hash(Hash(facts, service, self))
            case .count(let kind, let denial): return .count(count(kind, denial, facts))
            case .countUnverified(let failure):
                guard let mac = unverifiedMAC(facts) else { return .unavailable(.hash(failure)) }
                return .count(Count(facts, self, guess(.refused, mac: mac, facts), .unavailable(.hash(failure))))
            case .commit(let write):
                guard let commit = Commit(facts, self, write) else {
                    return .done(Commit.decision(without: .hash(.noRandom), for: write, facts))
                }
                return .commit(commit)
            case .grant(let match, let account, let isPending):
                return .done(.granted(match, account, facts) { $0.enrolmentPending = isPending })
            case .deny(let denial): return .done(.denied(denial))
            case .fail(let failure): return .unavailable(failure)
            }
        }
    }

    private func count(_ kind: KnownGuess.Kind, _ denial: Denial, _ facts: Facts) -> Count {
        var mac = facts.second?.mac ?? []
        switch kind {
        case .wrong: remember(.wrong, facts)
        case .refused:
            remember(.refused, facts)
            if let account = facts.account { mac = refusedMAC(account, facts) }
        case .code, .malformed, .earlyCode: break
        }
        let guess = guess(kind, mac: mac, facts, alarm: isAlarming(denial, facts) ? retention : nil)
        return Count(facts, self, guess, .denied(denial))
    }
}

// MARK: From one step to the next

extension Step {
    /// Returns the next step after the store failed.
    package func fail(_ error: StoreError) -> Step {
        switch self {
        case .count(let count): count.next(.failure(error))
        case .commit(let commit): commit.next(.failure(error))
        case .lookFirst, .lookSecond, .wait, .enter, .hash, .done: .unavailable(.store(error))
        }
    }
}

extension FirstLook {
    /// Returns the step that follows from the store's answer.
    package func next(_ answer: Result<FirstAnswer, StoreError>) -> Step { judge.next(answer.map(facts)) }
}

extension SecondLook {
    /// Returns the step that follows from the store's answer.
    package func next(_ answer: Result<SecondAnswer, StoreError>) -> Step { judge.next(answer.map(facts)) }
}

extension Wait {
    /// Starts the attempt over, to see whether the other guesses are still in flight.
    package func next() -> Step { judge.next(facts) }
}

extension Enter {
    /// Returns the step that follows from the store's answer.
    package func next(_ isEntered: Result<Bool, StoreError>) -> Step {
        switch isEntered {
        case .success(true): judge.next(facts)
        case .success(false): .wait(wait)
        case .failure(let error): .unavailable(.store(error))
        }
    }
}

extension Hash {
    /// Computes the hash, which takes milliseconds, and returns the step that follows.
    package func next() -> Step { judge.next(facts) }

    /// Starts the attempt over instead: other attempts may have spent the budgets since the look.
    package func again() -> Step { judge.next(startedOver) }
}

extension Count {
    /// Returns the answer, once the guess is counted or could not be.
    package func next(_ counted: Result<CountedGuess, StoreError>) -> Step {
        switch counted {
        case .success(let counted):
            note(isCounted: true)
            return .done(decision(counted))
        case .failure(let error):
            note(isCounted: false)
            return .unavailable(.store(error))
        }
    }
}

extension Commit {
    /// Returns the step that follows from the write.
    package func next(_ answer: Swift.Result<CommitAnswer, StoreError>) -> Step {
        switch answer {
        case .success(let answer):
            switch result(answer) {
            case .decision(let decision): return .done(decision)
            case .again(let facts): return judge.next(facts)
            }
        case .failure(let error): return .done(Commit.decision(without: .store(error), for: write, before))
        }
    }
}
