import Authentication
import Credentials
import NIOCore

/// Answers what arrives on the connections of one event loop: everything that came in one tick of the loop is read from
/// the store in one transaction, logged in one write, and answered after that. Each of them arrived before the
/// transaction began, so a change that was committed before is seen by all of them.
final class Responder {
    typealias Answer = (Decision) -> Void

    private struct Waiting {
        var evaluation: Evaluation
        let presence: ClientPresence
        let answer: Answer
        /// Until when it may be held back, once it is.
        var deadline: NIODeadline?
    }

    /// A question that only reads.
    private struct LookUp {
        /// Within the transaction; keeps what it found.
        let read: (Store) -> StoreError?
        /// After it.
        let finish: (StoreError?) -> Void
    }

    let backend: Backend
    let loop: any EventLoop
    private let store: KeptStore

    /// Evaluations that may wait for others under way, and those of one network. Beyond that somebody floods.
    private static let mostHeldBack = 192
    private static let mostHeldBackForNetwork = 48
    private static let holdInterval = TimeAmount.milliseconds(40)
    /// As long as `HashSlots` waits for a slot; Postfix gives up after ten seconds.
    private static let longestHold = TimeAmount.seconds(4)

    private var arrived: [Waiting] = []
    private var heldBack: [Waiting] = []
    private var lookUps: [LookUp] = []
    /// With a hash worker or the writer, by ticket.
    private var away: [UInt64: (presence: ClientPresence, answer: Answer)] = [:]
    private var lastTicket: UInt64 = 0
    private var isScheduled = false
    /// What is flushed later is flushed in this tick.
    private var isAnswering = false

    private var lines: [AuthLog.Line] = []
    private var signIns: [(signIn: SignIn, at: Timestamp)] = []
    private var toFlush: [ConnectionHandler] = []
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var drained: EventLoopPromise<Void>?

    init(_ backend: Backend, _ store: KeptStore, _ loop: any EventLoop) {
        self.backend = backend
        self.store = store
        self.loop = loop
    }

    /// Opens the store before the first attempt needs it.
    func open() throws(StoreError) { try store.current().read {} }

    // MARK: Work that arrives

    /// - Parameters:
    ///   - evaluation: One that has just begun.
    ///   - presence: Whose it is.
    func decide(_ evaluation: Evaluation, for presence: ClientPresence, _ answer: @escaping Answer) {
        arrived.append(Waiting(evaluation: evaluation, presence: presence, answer: answer))
        schedule()
    }

    /// Something that only reads; in the same transaction as the attempts of this tick.
    func lookUp<R>(
        _ body: @escaping (Store) throws(StoreError) -> R, then: @escaping (Result<R, StoreError>) -> Void
    ) {
        var found: Result<R, StoreError>?
        lookUps.append(
            LookUp(
                read: { store in
                    do throws(StoreError) {
                        found = .success(try body(store))
                        return nil
                    } catch {
                        found = .failure(error)
                        return error
                    }
                },
                finish: { error in then(error.map { .failure($0) } ?? found ?? .failure(.locked)) }))
        schedule()
    }

    /// Something that is written and answered once it is on disk.
    func change(
        _ body: @escaping @Sendable (Store) throws(StoreError) -> Void, then: @escaping (StoreError?) -> Void
    ) {
        let answer = NIOLoopBound(then, eventLoop: loop)
        let end = { @Sendable [loop] (error: StoreError?) in loop.execute { answer.value(error) } }
        backend.writer.run(
            { store throws(StoreError) in
                try body(store)
                end(nil)
            }, failed: { end($0) })
    }

    /// Has the connection write out what it gathered, with the others of this tick.
    func flushLater(_ connection: ConnectionHandler) {
        toFlush.append(connection)
        if !isAnswering { schedule() }
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        loop.assumeIsolated().execute { self.answerAll() }
    }

    // MARK: One tick

    private func answerAll() {
        isScheduled = false
        isAnswering = true
        var batch: [Waiting] = []
        swap(&batch, &arrived)
        var questions: [LookUp] = []
        swap(&questions, &lookUps)
        if batch.contains(where: \.evaluation.readsStore) || !questions.isEmpty { read(&batch, questions) }
        for waiting in batch { pass(on: waiting) }
        // In this order: an answer is on record before anybody has it.
        backend.authLog.write(lines)
        lines.removeAll(keepingCapacity: true)
        if !signIns.isEmpty { backend.signIns.record(signIns) }
        signIns.removeAll(keepingCapacity: true)
        isAnswering = false
        var connections: [ConnectionHandler] = []
        swap(&connections, &toFlush)
        for connection in connections { connection.flush() }
        endIfDrained()
    }

    private func read(_ batch: inout [Waiting], _ questions: [LookUp]) {
        var failure: StoreError?
        let mark = backend.judge.readMark
        do throws(StoreError) {
            let store = try self.store.current()
            try store.read { () throws(StoreError) in
                for index in batch.indices where batch[index].evaluation.readsStore {
                    self.backend.judge.read(&batch[index].evaluation, store, mark)
                    if case .done(let decision) = batch[index].evaluation.next,
                        case .unavailable(.store(let error)) = decision.outcome
                    {
                        self.store.note(error)
                    }
                }
                for question in questions {
                    if let error = question.read(store) { self.store.note(error) }
                }
            }
        } catch {
            store.note(error)
            for index in batch.indices where batch[index].evaluation.readsStore {
                batch[index].evaluation.fail(.store(error))
            }
            failure = error
        }
        for question in questions { question.finish(failure) }
    }

    private func pass(on waiting: Waiting) {
        switch waiting.evaluation.next {
        case .read:
            arrived.append(waiting)
            schedule()
        case .wait: holdBack(waiting)
        case .hash:
            let presence = waiting.presence
            send(waiting) { backend.hashWorkers.hash($0, for: presence, then: $1) }
        case .write: send(waiting) { backend.writer.write($0, then: $1) }
        case .done(let decision): finish(waiting, decision)
        }
    }

    private func holdBack(_ waiting: Waiting) {
        var waiting = waiting
        let network = waiting.evaluation.network
        let deadline = waiting.deadline ?? .now() + Self.longestHold
        guard .now() < deadline, heldBack.count < Self.mostHeldBack,
            heldBack.count(where: { $0.evaluation.network == network }) < Self.mostHeldBackForNetwork
        else {
            waiting.evaluation.fail(.othersUnderWay)
            return pass(on: waiting)
        }
        waiting.deadline = deadline
        heldBack.append(waiting)
        guard heldBack.count == 1 else { return }
        loop.assumeIsolated().scheduleTask(in: Self.holdInterval) { [self] in
            let now = backend.judge.clock()
            for var waiting in heldBack {
                waiting.evaluation.lookAgain(now: now)
                arrived.append(waiting)
            }
            heldBack.removeAll(keepingCapacity: true)
            schedule()
        }
    }

    private func send(_ waiting: Waiting, _ start: (Evaluation, @escaping @Sendable (Evaluation) -> Void) -> Void) {
        lastTicket += 1
        let ticket = lastTicket
        away[ticket] = (waiting.presence, waiting.answer)
        let bound = NIOLoopBound(self, eventLoop: loop)
        start(waiting.evaluation) { [loop] evaluation in
            loop.execute { bound.value.takeBack(evaluation, ticket) }
        }
    }

    private func takeBack(_ evaluation: Evaluation, _ ticket: UInt64) {
        guard let (presence, answer) = away.removeValue(forKey: ticket) else { return }
        arrived.append(Waiting(evaluation: evaluation, presence: presence, answer: answer))
        schedule()
    }

    private func finish(_ waiting: Waiting, _ decision: Decision) {
        let attempt = waiting.evaluation.attempt
        lines.append(backend.authLog.line(decision.outcome, attempt: attempt))
        if let followUp = decision.followUp {
            signIns.append((followUp.signIn, followUp.at))
            if let upgrade = followUp.upgrade { self.upgrade(upgrade, followUp, attempt) }
        }
        waiting.answer(decision)
        if let check = decision.formerCheck { compare(check, attempt) }
    }

    private func upgrade(_ upgrade: Upgrade, _ followUp: FollowUp, _ attempt: Attempt) {
        let backend = self.backend
        backend.hashWorkers.upgrade(attempt, upgrade) { hash in
            backend.writer.run(
                { store in followUp.storeUpgrade(hash, secret: attempt.secret, keys: backend.judge.keys, in: store) },
                failed: { _ in })
        }
    }

    /// Its answer is on its way, and is the same whatever this finds.
    private func compare(_ check: FormerCheck, _ attempt: Attempt) {
        let backend = self.backend
        backend.hashWorkers.compare(attempt, check.former) { isSame in
            backend.writer.run(
                { store throws(StoreError) in
                    guard try check.store(isSame: isSame, in: store) else { return }
                    backend.authLog.writeFormer(until: check.former.until, attempt: attempt)
                },
                failed: { _ in })
        }
    }

    // MARK: Connections

    func add(_ connection: ConnectionHandler) {
        connections[ObjectIdentifier(connection)] = connection
        // Accepted while the daemon was told to stop.
        if drained != nil { connection.finish() }
    }

    func remove(_ connection: ConnectionHandler) {
        connections[ObjectIdentifier(connection)] = nil
        endIfDrained()
    }

    /// Ends connections that are past a deadline.
    func sweep() {
        let now = NIODeadline.now()
        for connection in Array(connections.values) where connection.isOverdue(at: now) { connection.close() }
    }

    /// Reads no more, answers what is open, and ends every connection.
    ///
    /// - Returns: Succeeds when the last one has ended and every attempt is on record, those of clients that have gone
    ///   too.
    func drain() -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        drained = promise
        for connection in Array(connections.values) { connection.finish() }
        endIfDrained()
        return promise.futureResult
    }

    private func endIfDrained() {
        if connections.isEmpty, away.isEmpty, arrived.isEmpty, heldBack.isEmpty { drained?.succeed() }
    }
}
