package import Credentials

/// Decides attempts one after the other, with a store of its own: for programs that answer one attempt.
package final class Authenticator {
    let store: Store
    let keys: Keys
    /// What attempts are decided with: keys, budgets, clock.
    package let judge: Judge
    let slots: HashSlots
    private let log: AuthLog

    /// - Parameter lookedSecrets: For a program that answers several attempts.
    package init(
        store: Store, keys: Keys, configuration: Configuration, log: AuthLog, lookedSecrets: LookedSecrets? = nil,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.store = store
        self.keys = keys
        self.log = log
        judge = Judge(keys: keys, configuration: configuration, lookedSecrets: lookedSecrets, clock: clock)
        slots = HashSlots(directory: configuration.directory, count: configuration.hashWorkers)
    }

    /// Opens the key file and the database that the configuration names.
    ///
    /// - Throws: `Unavailability.keyFile` or `Unavailability.store` when one of them cannot be opened.
    package convenience init(_ configuration: Configuration, log: AuthLog) throws(Unavailability) {
        let keys: Keys
        let store: Store
        do { keys = try KeyFile.load(path: configuration.keyFile) } catch { throw .keyFile(error) }
        do { store = try Store(configuration.store, keys: keys) } catch { throw .store(error) }
        self.init(store: store, keys: store.keys, configuration: configuration, log: log)
    }

    /// Decides an attempt, counts it and logs it.
    package func decide(_ attempt: Attempt) -> Decision {
        let decision = decide(from: judge.begin(attempt))
        log.write(decision.outcome, attempt: attempt)
        return decision
    }

    /// What `decide` would answer. Counts nothing, uses up no code and logs nothing.
    package func preview(_ attempt: Attempt) -> Outcome { decide(from: judge.begin(attempt, isPreview: true)).outcome }

    /// Looks up an account without a password; nil if there is none, or if the name is malformed.
    ///
    /// - Throws: `Unavailability.store` when the database cannot be read.
    package func lookUp(_ userName: [UInt8]) throws(Unavailability) -> AccountState? {
        guard let name = judge.accountName(userName) else { return nil }
        do { return try store.account(name) } catch { throw .store(error) }
    }

    /// For a process that answers one attempt: closing the database writes nothing.
    package func leaveLogOnClose() { store.leaveLogOnClose() }

    /// Carries out all steps from `begun` on and returns the decision. Writes no log line.
    package func decide(from begun: Step) -> Decision {
        var step = begun
        while true {
            switch step {
            case .lookFirst, .lookSecond, .enter, .count, .commit:
                do throws(StoreError) { step = try ask(step) } catch { step = step.fail(error) }
            case .hash(let hash): step = slots.withSlot { self.hash(hash) } ?? .unavailable(.hashWorkersBusy)
            // No other attempt of this process is in flight.
            case .wait: return .unavailable(.othersInFlight)
            case .done(let decision): return decision
            }
        }
    }

    /// Runs in a slot: up to the answer, or to a write that has to wait for another process.
    private func hash(_ hash: Hash) -> Step {
        // The process that held the slot before may have recorded guesses that throttle this attempt.
        var step = hash.again()
        while true {
            switch step {
            case .lookFirst, .lookSecond:
                do throws(StoreError) { step = try ask(step) } catch { step = step.fail(error) }
            case .hash(let hash): step = hash.next()
            case .enter, .count, .commit:
                let written = try? store.withoutWaiting { () throws(StoreError) in try self.ask(step) }
                guard let written else { return step }
                step = written
            case .wait, .done: return step
            }
        }
    }

    /// Asks the store what a step needs to know, or writes what it has to write.
    private func ask(_ step: Step) throws(StoreError) -> Step {
        switch step {
        case .lookFirst(let look): look.next(.success(try store.answer(look.question)))
        case .lookSecond(let look): look.next(.success(try store.answer(look.question)))
        case .enter(let enter): enter.next(.success(try store.enter([enter.question])[0]))
        case .count(let count): count.next(.success(try store.count([count.guess])[0]))
        case .commit(let commit): commit.next(.success(try store.answer(commit.question)))
        case .hash, .wait, .done: step
        }
    }
}
