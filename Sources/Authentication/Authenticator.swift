package import Credentials

/// Decides one attempt after the other on the spot, with a store of its own: for programs that answer one.
package final class Authenticator {
    let store: Store
    let keys: Keys
    package let judge: Judge
    let slots: HashSlots
    private let log: AuthLog

    /// - Parameter lookedSecrets: For one that answers several.
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

    /// Opens what the configuration names.
    package convenience init(_ configuration: Configuration, log: AuthLog) throws(Unavailability) {
        let keys: Keys
        let store: Store
        do { keys = try KeyFile.load(path: configuration.keyFile) } catch { throw .keyFile(error) }
        do { store = try Store(path: configuration.database, keys: keys) } catch { throw .store(error) }
        self.init(store: store, keys: store.keys, configuration: configuration, log: log)
    }

    /// The answer, counted and logged.
    package func decide(_ attempt: Attempt) -> Decision {
        let decision = decide(from: judge.begin(attempt))
        log.write(decision.outcome, attempt: attempt)
        return decision
    }

    /// What `decide` would answer. Counts nothing, uses up no code and logs nothing.
    package func preview(_ attempt: Attempt) -> Outcome { decide(from: judge.begin(attempt, isPreview: true)).outcome }

    /// The account that a look-up without a password asks for; nil if there is none.
    package func lookUp(_ userName: [UInt8]) throws(Unavailability) -> AccountState? {
        guard let name = judge.accountName(userName) else { return nil }
        do { return try store.account(name) } catch { throw .store(error) }
    }

    /// For a process that answers one attempt: its end costs no write.
    package func leaveLogOnClose() { store.leaveLogOnClose() }

    package func decide(from begun: Step) -> Decision {
        var step = begun
        while true {
            switch step {
            case .lookFirst, .lookSecond, .count, .commit:
                do throws(StoreError) { step = try ask(step) } catch { step = step.failed(error) }
            case .hash(let hash): step = slots.withSlot { self.hash(hash) } ?? .unavailable(.hashWorkersBusy)
            // There is nobody else in this process to wait for.
            case .wait: return .unavailable(.othersUnderWay)
            case .done(let decision): return decision
            }
        }
    }

    /// With a slot: up to the answer, or to a write that has to wait for another process.
    private func hash(_ hash: Hash) -> Step {
        // Whoever had the slot before may have found something out that throttles this one.
        var step = hash.again()
        while true {
            switch step {
            case .lookFirst, .lookSecond:
                do throws(StoreError) { step = try ask(step) } catch { step = step.failed(error) }
            case .hash(let hash): step = hash.next()
            case .count, .commit:
                let written = try? store.withoutWaiting { () throws(StoreError) in try self.ask(step) }
                guard let written else { return step }
                step = written
            case .wait, .done: return step
            }
        }
    }

    /// Looks or writes.
    private func ask(_ step: Step) throws(StoreError) -> Step {
        switch step {
        case .lookFirst(let look): look.next(try store.answer([look.question])[0])
        case .lookSecond(let look): look.next(try store.answer([look.question])[0])
        case .count(let count): count.next(.success(try store.count([count.guess])[0]))
        case .commit(let commit): commit.next(.success(try store.answer(commit.question)))
        case .hash, .wait, .done: step
        }
    }
}
