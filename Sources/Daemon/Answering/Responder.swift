import Authentication
import Credentials
import NIOCore
import WireProtocols

/// Answers the requests of one event loop's connections. Requests that arrive in one tick and ask the same are read
/// from the store in one transaction; their answers are logged in one write, and sent after that. Each attempt arrived
/// before its transaction began, so it sees every change that was committed before it arrived.
final class Responder {
    typealias Answer = (Decision) -> Void

    private struct Waiting {
        let attempt: Attempt
        var step: Step
        let presence: ClientPresence
        let answer: Answer
        /// When holding it back must end; nil until it is held back.
        var deadline: NIODeadline?
    }

    let backend: Backend
    let loop: any EventLoop
    private let store: any SignInReader
    /// One struct, because each access to a class's property costs an exclusivity check.
    private var quick: QuickAnswers

    /// Limits of attempts held back until others in flight are decided: in all, and for one network. More is a flood.
    private static let maxHeldBack = 192
    private static let maxHeldBackForNetwork = 48
    private static let holdInterval = TimeAmount.milliseconds(40)
    /// As long as `HashSlots` waits for a slot; Postfix gives up after ten seconds.
    private static let maxHoldTime = TimeAmount.seconds(4)

    private var arrived: [Waiting] = []
    private var heldBack: [Waiting] = []
    private var lookUps: [LookUp] = []
    /// Calls that the store has not answered yet.
    private var asked = 0
    /// Attempts that a hash worker or the writer has, by ticket.
    private var away: [UInt64: Waiting] = [:]
    private var lastTicket: UInt64 = 0
    private var isScheduled = false
    /// True within a tick, which flushes at its end all connections of `toFlush`.
    private var isAnswering = false

    /// How long a client that says nothing waits for its greeting, at most.
    private static let greetingTime = TimeAmount.milliseconds(10)
    private var toGreet: [any ClientConnection] = []
    private var toFlush: [any ClientConnection] = []
    private var connections: [ObjectIdentifier: any ClientConnection] = [:]
    private var drained: EventLoopPromise<Void>?

    init(_ backend: Backend, _ store: any SignInReader, _ loop: any EventLoop) {
        self.backend = backend
        self.store = store
        self.loop = loop
        quick = QuickAnswers(backend)
    }

    // MARK: Incoming requests

    /// Checks whether cached grants hold, then handles what was received.
    func receiving<R>(_ handle: () -> R) -> R {
        quick.look(store.version, now: backend.judge.clock())
        defer { store.endFinding() }
        return handle()
    }

    /// Replies to a request that can be granted at once; false for all others, which take the ordinary way.
    ///
    /// - Parameter withMailbox: Whether the reply includes the mailbox fields.
    func answerAtOnce(
        _ request: DovecotAuthRequest, _ line: Span<UInt8>, withMailbox: Bool, into reply: inout [UInt8]
    ) -> Bool {
        quick.answer(request, line, withMailbox: withMailbox, from: store, into: &reply)
    }

    /// Decides an attempt, and passes the decision to `answer`.
    ///
    /// - Parameters:
    ///   - step: The attempt's first step.
    ///   - presence: The presence of its client.
    func decide(_ attempt: Attempt, _ step: Step, for presence: ClientPresence, _ answer: @escaping Answer) {
        arrived.append(Waiting(attempt: attempt, step: step, presence: presence, answer: answer))
        schedule()
    }

    func lookUp(_ lookUp: LookUp) {
        lookUps.append(lookUp)
        schedule()
    }

    /// Ends the app password of a webmail's session. `then` is called once this is on disk.
    func endSession(_ session: [UInt8], of name: AccountName, then: @escaping (StoreError?) -> Void) {
        let answer = NIOLoopBound(then, eventLoop: loop)
        backend.writer.endSession(session, of: name, now: backend.judge.clock()) { [loop] error in
            loop.execute { answer.value(error) }
        }
    }

    /// Flushes the connection's output at the end of this tick, with the others.
    func flushLater(_ connection: any ClientConnection) {
        toFlush.append(connection)
        schedule()
    }

    /// Greets the connection soon, unless it is greeted before. One timer serves all that come in the meantime.
    func greetLater(_ connection: any ClientConnection) {
        toGreet.append(connection)
        guard toGreet.count == 1 else { return }
        loop.assumeIsolated().scheduleTask(in: Self.greetingTime) { [self] in
            var connections: [any ClientConnection] = []
            swap(&connections, &toGreet)
            for connection in connections { connection.greet() }
        }
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
        // A store that answers at once is done within this loop; one that answers later schedules another tick.
        while !arrived.isEmpty || !lookUps.isEmpty { goOnAll() }
        // In this order: an answer is logged before it is sent.
        quick.record()
        isAnswering = false
        var connections: [any ClientConnection] = []
        swap(&connections, &toFlush)
        for connection in connections { connection.flush() }
        endIfDrained()
    }

    /// Performs the next step of each attempt, with one call of the store for all that ask the same.
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
            case .enter(let enter):
                send(waiting) { next in backend.writer.enter(enter.question) { next(enter.next($0)) } }
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

    /// The closure that continues these attempts with the store's answers. Call before the store is asked.
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
        let deadline = waiting.deadline ?? .now() + Self.maxHoldTime
        guard .now() < deadline, heldBack.count < Self.maxHeldBack,
            heldBack.count(where: { $0.attempt.network == network }) < Self.maxHeldBackForNetwork
        else {
            return goOn(waiting, .unavailable(.othersInFlight))
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

    /// Compares a wrong secret with the previous main password. The attempt is answered already, whatever this finds.
    private func compare(_ check: FormerCheck, _ attempt: Attempt) {
        let backend = self.backend
        backend.hashWorkers.compare(attempt, check.former) { isSame in
            backend.writer.note(check.note(isSame: isSame)) { isNew in
                if isSame, isNew { backend.authLog.writeFormer(until: check.former.until, attempt: attempt) }
            }
        }
    }

    // MARK: Connections

    func add(_ connection: any ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
        // The connection was accepted after the daemon was told to stop.
        if drained != nil { connection.finish() }
    }

    func remove(_ connection: any ClientConnection) {
        connections[ObjectIdentifier(connection)] = nil
        endIfDrained()
    }

    /// Closes connections that are past a deadline.
    func sweep() {
        let now = NIODeadline.now()
        for connection in Array(connections.values) where connection.isOverdue(at: now) { connection.close() }
    }

    /// Stops reading, answers the open requests, and closes every connection.
    ///
    /// - Returns: A future that succeeds when the last connection is closed and every attempt is logged, including
    ///   those of clients that have left.
    func drain() -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        drained = promise
        for connection in Array(connections.values) { connection.finish() }
        endIfDrained()
        return promise.futureResult
    }

    private func endIfDrained() {
        // When a connection closes within a tick, others of the tick are not answered yet.
        guard !isAnswering else { return }
        if connections.isEmpty, asked == 0, away.isEmpty, arrived.isEmpty, lookUps.isEmpty, heldBack.isEmpty {
            drained?.succeed()
        }
    }
}
