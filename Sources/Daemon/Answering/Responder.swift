import Authentication
import Credentials
import NIOCore
import WireProtocols

/// Answers what arrives on the connections of one event loop: everything that came in one tick of the loop is read from
/// the store in one transaction, logged in one write, and answered after that. Each of them arrived before the
/// transaction began, so a change that was committed before is seen by all of them.
final class Responder {
    typealias Answer = (Decision) -> Void

    private struct Waiting {
        let attempt: Attempt
        var step: Step
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
    private var known = KnownGrants()
    private var reader: PlainReader
    /// When something was last received.
    private var now = Timestamp(0)
    /// Why the store could not be opened in this tick.
    private var outage: StoreError?

    /// Attempts that may wait for others under way, and those of one network. Beyond that somebody floods.
    private static let mostHeldBack = 192
    private static let mostHeldBackForNetwork = 48
    private static let holdInterval = TimeAmount.milliseconds(40)
    /// As long as `HashSlots` waits for a slot; Postfix gives up after ten seconds.
    private static let longestHold = TimeAmount.seconds(4)

    private var arrived: [Waiting] = []
    private var heldBack: [Waiting] = []
    private var lookUps: [LookUp] = []
    /// With a hash worker or the writer, by ticket.
    private var away: [UInt64: Waiting] = [:]
    private var lastTicket: UInt64 = 0
    private var isScheduled = false
    /// What is flushed later is flushed in this tick.
    private var isAnswering = false

    private var lines = LogLines()
    private var signIns: [(signIn: SignIn, at: Timestamp)] = []
    private var toFlush: [ConnectionHandler] = []
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var drained: EventLoopPromise<Void>?

    init(_ backend: Backend, _ store: KeptStore, _ loop: any EventLoop) {
        self.backend = backend
        self.store = store
        self.loop = loop
        reader = PlainReader(backend.judge)
    }

    /// Opens the store before the first attempt needs it.
    func open() throws(StoreError) { try store.current().read {} }

    // MARK: Work that arrives

    /// To be called when something was received, before it is looked at.
    func received() {
        now = backend.judge.clock()
        // Waiting for it once a tick is enough.
        guard outage == nil else { return }
        do throws(StoreError) { known.look(at: try store.current(), opening: store.openings) } catch {
            known.look(at: nil, opening: store.openings)
            store.note(error)
            outage = error
            schedule()
        }
    }

    /// Replies to a request whose secret is known to be right and opens the service now; false where that has to be found out.
    ///
    /// - Parameter withMailbox: Whether the reply says where the mail is.
    func answerAtOnce(
        _ request: DovecotAuthRequest, _ line: Span<UInt8>, withMailbox: Bool, into reply: inout [UInt8]
    ) -> Bool {
        guard let read = reader.read(request, line), let grant = known.find(read.verifier, read.service, now: now)
        else { return false }
        let userName = reader.userName
        backend.authLog.appendGrant(
            user: userName.span, address: line.extracting(request.remoteAddress.range),
            session: line.extracting(request.session.range), to: &lines
        ) { known.appendMessage(grant, to: &$0) }
        if let signIn = known.signIn(grant, read.service, read.address, now: now) { signIns.append((signIn, now)) }
        DovecotAuthReply.appendOK(id: request.id, to: &reply) {
            known.appendFields(grant, withMailbox: withMailbox, to: &$0)
        }
        return true
    }

    /// - Parameters:
    ///   - step: The first one.
    ///   - presence: Whose attempt it is.
    func decide(_ attempt: Attempt, _ step: Step, for presence: ClientPresence, _ answer: @escaping Answer) {
        arrived.append(Waiting(attempt: attempt, step: step, presence: presence, answer: answer))
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
        look(&batch)
        if !questions.isEmpty { answer(questions) }
        for waiting in batch { pass(on: waiting) }
        // In this order: an answer is on record before anybody has it.
        backend.authLog.write(lines)
        lines.removeAll()
        if !signIns.isEmpty { backend.signIns.record(signIns) }
        signIns.removeAll(keepingCapacity: true)
        isAnswering = false
        outage = nil
        var connections: [ConnectionHandler] = []
        swap(&connections, &toFlush)
        for connection in connections { connection.flush() }
        endIfDrained()
    }

    /// The first look of each, and the second of those that it does not settle.
    private func look(_ batch: inout [Waiting]) {
        let first = batch.indices.compactMap { index -> (Int, FirstLook)? in
            if case .lookFirst(let look) = batch[index].step { (index, look) } else { nil }
        }
        if !first.isEmpty {
            received()
            let answers = answers(first.count) { store throws(StoreError) in try store.answer(first.map(\.1.question)) }
            let mayKeep = (try? known.isStill(store.current())) ?? false
            for ((index, look), answer) in zip(first, answers) {
                batch[index].step = look.next(answer)
                if mayKeep, case .done(let decision) = batch[index].step { keep(decision, batch[index].attempt) }
            }
        }
        let second = batch.indices.compactMap { index -> (Int, SecondLook)? in
            if case .lookSecond(let look) = batch[index].step { (index, look) } else { nil }
        }
        if !second.isEmpty {
            let answers = answers(second.count) { store throws(StoreError) in try store.answer(second.map(\.1.question))
            }
            for ((index, look), answer) in zip(second, answers) { batch[index].step = look.next(answer) }
        }
    }

    /// For the next time, if it is the grant of a generated app password.
    private func keep(_ decision: Decision, _ attempt: Attempt) {
        guard case .granted(let grant) = decision.outcome, KnownGrants.mayKnow(grant),
            let message = backend.authLog.message(grant),
            let bytes = attempt.secret.verifier(account: grant.account.name, backend.judge.keys),
            let verifier = Verifier(bytes)
        else { return }
        known.add(
            grant, verifier, message: message,
            user: DovecotAuthReply.encode([(key: "user", value: grant.account.name.text)]),
            mailbox: DovecotAuthReply.encode(backend.mailbox.fields(of: grant.account), prefix: "userdb_"))
    }

    /// As many as were asked for, whatever happens.
    private func answers<Answer>(
        _ count: Int, _ ask: (Store) throws(StoreError) -> [Result<Answer, StoreError>]
    ) -> [Result<Answer, StoreError>] {
        do throws(StoreError) {
            let answers = try ask(try current())
            for case .failure(let error) in answers { store.note(error) }
            return answers
        } catch {
            store.note(error)
            return Array(repeating: .failure(error), count: count)
        }
    }

    private func answer(_ questions: [LookUp]) {
        var failure: StoreError?
        do throws(StoreError) {
            let store = try current()
            try store.read { () throws(StoreError) in
                for question in questions { if let error = question.read(store) { self.store.note(error) } }
            }
        } catch {
            store.note(error)
            failure = error
        }
        for question in questions { question.finish(failure) }
    }

    private func current() throws(StoreError) -> Store {
        if let outage { throw outage }
        return try store.current()
    }

    private func pass(on waiting: Waiting) {
        switch waiting.step {
        case .lookFirst, .lookSecond:
            arrived.append(waiting)
            schedule()
        case .wait: holdBack(waiting)
        case .hash(let hash): send(waiting) { backend.hashWorkers.hash(hash, for: waiting.presence, then: $0) }
        case .count(let count): send(waiting) { backend.writer.write(count, then: $0) }
        case .commit(let commit): send(waiting) { backend.writer.write(commit, then: $0) }
        case .done(let decision): finish(waiting, decision)
        }
    }

    private func holdBack(_ waiting: Waiting) {
        var waiting = waiting
        let network = waiting.attempt.network
        let deadline = waiting.deadline ?? .now() + Self.longestHold
        guard .now() < deadline, heldBack.count < Self.mostHeldBack,
            heldBack.count(where: { $0.attempt.network == network }) < Self.mostHeldBackForNetwork
        else {
            waiting.step = .unavailable(.othersUnderWay)
            return pass(on: waiting)
        }
        waiting.deadline = deadline
        heldBack.append(waiting)
        guard heldBack.count == 1 else { return }
        loop.assumeIsolated().scheduleTask(in: Self.holdInterval) { [self] in
            for var waiting in heldBack {
                if case .wait(let wait) = waiting.step { waiting.step = wait.next() }
                arrived.append(waiting)
            }
            heldBack.removeAll(keepingCapacity: true)
            schedule()
        }
    }

    private func send(_ waiting: Waiting, _ start: (@escaping @Sendable (Step) -> Void) -> Void) {
        lastTicket += 1
        let ticket = lastTicket
        away[ticket] = waiting
        let bound = NIOLoopBound(self, eventLoop: loop)
        start { [loop] step in
            loop.execute { bound.value.takeBack(step, ticket) }
        }
    }

    private func takeBack(_ step: Step, _ ticket: UInt64) {
        guard var waiting = away.removeValue(forKey: ticket) else { return }
        waiting.step = step
        arrived.append(waiting)
        schedule()
    }

    private func finish(_ waiting: Waiting, _ decision: Decision) {
        let attempt = waiting.attempt
        backend.authLog.append(decision.outcome, attempt: attempt, to: &lines)
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
                { store in followUp.storeUpgrade(hash, secret: attempt.secret.raw, keys: backend.judge.keys, in: store)
                },
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
