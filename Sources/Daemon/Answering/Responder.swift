import Authentication
import Credentials
import NIOCore
import WireProtocols

/// Answers what arrives on the connections of one event loop: all that came in one tick of the loop and asks the same is read from
/// the store in one transaction; the answers are logged in one write, and leave after that. Each attempt arrived before its
/// transaction began, so a change that was committed before is seen.
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

    let backend: Backend
    let loop: any EventLoop
    private let store: any SignInReader
    /// One value, for each use of a property of a class costs a check.
    private var quick: QuickAnswers

    /// Attempts that may wait for others under way, and those of one network. Beyond that somebody floods.
    private static let mostHeldBack = 192
    private static let mostHeldBackForNetwork = 48
    private static let holdInterval = TimeAmount.milliseconds(40)
    /// As long as `HashSlots` waits for a slot; Postfix gives up after ten seconds.
    private static let longestHold = TimeAmount.seconds(4)

    private var arrived: [Waiting] = []
    private var heldBack: [Waiting] = []
    private var lookUps: [LookUp] = []
    /// What the store was asked and has not answered yet.
    private var asked = 0
    /// With a hash worker or the writer, by ticket.
    private var away: [UInt64: Waiting] = [:]
    private var lastTicket: UInt64 = 0
    private var isScheduled = false
    /// What is flushed later is flushed in this tick.
    private var isAnswering = false

    private var toFlush: [ConnectionHandler] = []
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var drained: EventLoopPromise<Void>?

    init(_ backend: Backend, _ store: any SignInReader, _ loop: any EventLoop) {
        self.backend = backend
        self.store = store
        self.loop = loop
        quick = QuickAnswers(backend)
    }

    // MARK: Work that arrives

    /// Looks whether what is known holds, then handles what was received.
    func receiving<R>(_ handle: () -> R) -> R {
        quick.look(store.version, now: backend.judge.clock())
        defer { store.endFinding() }
        return handle()
    }

    /// Replies to a request whose secret opens the service, as far as that can be said now; false where it has to be found out.
    ///
    /// - Parameter withMailbox: Whether the reply says where the mail is.
    func answerAtOnce(
        _ request: DovecotAuthRequest, _ line: Span<UInt8>, withMailbox: Bool, into reply: inout [UInt8]
    ) -> Bool {
        quick.answer(request, line, withMailbox: withMailbox, from: store, into: &reply)
    }

    /// - Parameters:
    ///   - step: The first one.
    ///   - presence: Whose attempt it is.
    func decide(_ attempt: Attempt, _ step: Step, for presence: ClientPresence, _ answer: @escaping Answer) {
        arrived.append(Waiting(attempt: attempt, step: step, presence: presence, answer: answer))
        schedule()
    }

    func lookUp(_ lookUp: LookUp) {
        lookUps.append(lookUp)
        schedule()
    }

    /// Ends the app password of a webmail's session. Answered once it is on disk.
    func endSession(_ session: [UInt8], of name: AccountName, then: @escaping (StoreError?) -> Void) {
        let answer = NIOLoopBound(then, eventLoop: loop)
        backend.writer.endSession(session, of: name, now: backend.judge.clock()) { [loop] error in
            loop.execute { answer.value(error) }
        }
    }

    /// Has the connection write out what it gathered, with the others of this tick.
    func flushLater(_ connection: ConnectionHandler) {
        toFlush.append(connection)
        schedule()
    }

    private func schedule() {
        guard !isScheduled, !isAnswering else { return }
        isScheduled = true
        loop.assumeIsolated().execute { self.answerAll() }
    }

    // MARK: One tick

    private func answerAll() {
        isScheduled = false
        isAnswering = true
        // A store that answers at once settles them here; one that answers later schedules another tick.
        while !arrived.isEmpty || !lookUps.isEmpty { goOnAll() }
        // In this order: an answer is on record before anybody has it.
        quick.record()
        isAnswering = false
        var connections: [ConnectionHandler] = []
        swap(&connections, &toFlush)
        for connection in connections { connection.flush() }
        endIfDrained()
    }

    /// A step of each; one call for all that ask the same.
    private func goOnAll() {
        var batch: [Waiting] = []
        swap(&batch, &arrived)
        var first: [(Waiting, FirstLook)] = []
        var second: [(Waiting, SecondLook)] = []
        for waiting in batch {
            switch waiting.step {
            case .lookFirst(let look): first.append((waiting, look))
            case .lookSecond(let look): second.append((waiting, look))
            case .wait: holdBack(waiting)
            case .hash(let hash): send(waiting) { backend.hashWorkers.hash(hash, for: waiting.presence, then: $0) }
            case .count(let count):
                send(waiting) { next in backend.writer.count(count.guess) { next(count.next($0)) } }
            case .commit(let commit):
                send(waiting) { next in backend.writer.commit(commit.question) { next(commit.next($0)) } }
            case .done(let decision): finish(waiting, decision)
            }
        }
        if !first.isEmpty { store.answer(first.map(\.1.question), then: answering(first) { $0.next($1) }) }
        if !second.isEmpty { store.answer(second.map(\.1.question), then: answering(second) { $0.next($1) }) }
        if !lookUps.isEmpty { answerLookUps() }
    }

    /// To be called before the store is asked: what is to be done with its answers.
    private func answering<Look, Answer>(
        _ looks: [(Waiting, Look)], _ next: @escaping (Look, Result<Answer, StoreError>) -> Step
    ) -> ([Result<Answer, StoreError>]) -> Void {
        asked += 1
        return { [self] answers in
            asked -= 1
            for ((waiting, look), answer) in zip(looks, answers) { goOn(waiting, next(look, answer)) }
        }
    }

    private func goOn(_ waiting: Waiting, _ step: Step) {
        var waiting = waiting
        waiting.step = step
        arrived.append(waiting)
        schedule()
    }

    private func answerLookUps() {
        var batch: [LookUp] = []
        swap(&batch, &lookUps)
        asked += 1
        store.look(batch) { [self] in
            asked -= 1
            schedule()
        }
    }

    private func holdBack(_ waiting: Waiting) {
        let network = waiting.attempt.network
        let deadline = waiting.deadline ?? .now() + Self.longestHold
        guard .now() < deadline, heldBack.count < Self.mostHeldBack,
            heldBack.count(where: { $0.attempt.network == network }) < Self.mostHeldBackForNetwork
        else {
            return goOn(waiting, .unavailable(.othersUnderWay))
        }
        var waiting = waiting
        waiting.deadline = deadline
        heldBack.append(waiting)
        guard heldBack.count == 1 else { return }
        loop.assumeIsolated().scheduleTask(in: Self.holdInterval) { [self] in
            var batch: [Waiting] = []
            swap(&batch, &heldBack)
            for waiting in batch { if case .wait(let wait) = waiting.step { goOn(waiting, wait.next()) } }
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
        if let waiting = away.removeValue(forKey: ticket) { goOn(waiting, step) }
    }

    private func finish(_ waiting: Waiting, _ decision: Decision) {
        let attempt = waiting.attempt
        backend.authLog.append(decision.outcome, attempt: attempt, to: &quick.lines)
        if let followUp = decision.followUp {
            quick.signIns.append((followUp.signIn, followUp.at))
            if let upgrade = followUp.upgrade { self.upgrade(upgrade, followUp, attempt) }
        }
        waiting.answer(decision)
        if let check = decision.formerCheck { compare(check, attempt) }
    }

    private func upgrade(_ upgrade: Upgrade, _ followUp: FollowUp, _ attempt: Attempt) {
        let backend = self.backend
        backend.hashWorkers.upgrade(attempt, upgrade) { hash in
            let keys = backend.judge.keys
            backend.writer.replace(followUp.replacement(for: upgrade, hash, secret: attempt.secret.raw, keys: keys))
        }
    }

    /// Its answer is on its way, and is the same whatever this finds.
    private func compare(_ check: FormerCheck, _ attempt: Attempt) {
        let backend = self.backend
        backend.hashWorkers.compare(attempt, check.former) { isSame in
            backend.writer.note(check.note(isSame: isSame)) { isNew in
                if isSame, isNew { backend.authLog.writeFormer(until: check.former.until, attempt: attempt) }
            }
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
        // A connection that closes in the middle of a tick leaves others of the tick behind.
        guard !isAnswering else { return }
        if connections.isEmpty, asked == 0, away.isEmpty, arrived.isEmpty, lookUps.isEmpty, heldBack.isEmpty {
            drained?.succeed()
        }
    }
}
