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
        let decision = finish(judge.begin(attempt))
        log.write(decision.outcome, attempt: attempt)
        return decision
    }

    /// What `decide` would answer. Counts nothing, uses up no code and logs nothing.
    package func preview(_ attempt: Attempt) -> Outcome { finish(judge.begin(attempt, isPreview: true)).outcome }

    /// The account that a look-up without a password asks for; nil if there is none.
    package func lookUp(_ userName: [UInt8]) throws(Unavailability) -> AccountState? {
        guard let name = judge.accountName(userName) else { return nil }
        do { return try store.account(name) } catch { throw .store(error) }
    }

    /// For a process that answers one attempt: its end costs no write.
    package func leaveLogOnClose() { store.leaveLogOnClose() }

    private func finish(_ begun: Evaluation) -> Decision {
        var evaluation = begun
        advance(&evaluation, holdsSlot: false)
        if case .hash = evaluation.next {
            // Whoever had the slot before may have found something out that throttles this one. Nothing is returned
            // when all slots stayed taken.
            let hashed: Void? = slots.withSlot {
                evaluation.lookAgain(now: judge.clock())
                advance(&evaluation, holdsSlot: true)
            }
            if hashed == nil { evaluation.fail(.hashWorkersBusy) }
            advance(&evaluation, holdsSlot: false)
        }
        guard case .done(let decision) = evaluation.next else {
            return Decision(outcome: .unavailable(.othersUnderWay))
        }
        return decision
    }

    /// To its end, or as far as it goes: without the slot up to the slow hash, with it up to a write that has to wait
    /// for another process.
    private func advance(_ evaluation: inout Evaluation, holdsSlot: Bool) {
        while true {
            switch evaluation.next {
            case .read:
                let mark = judge.readMark
                do throws(StoreError) {
                    try store.read { () throws(StoreError) in self.judge.read(&evaluation, self.store, mark) }
                } catch {
                    evaluation.fail(.store(error))
                }
            case .hash:
                guard holdsSlot else { return }
                judge.hash(&evaluation)
            case .write:
                guard holdsSlot else {
                    judge.write(&evaluation, store)
                    continue
                }
                let before = evaluation
                guard (try? store.withoutWaiting { judge.write(&evaluation, store) }) != nil else { return }
                if case .done(let decision) = evaluation.next, case .unavailable(.store(.locked)) = decision.outcome {
                    evaluation = before
                    return
                }
            // There is nobody else in this process to wait for.
            case .wait, .done: return
            }
        }
    }
}
