import Credentials
import NIOCore
import NIOPosix

/// Asks a store on a database server, in a thread of its own: an event loop never waits for the network. A server on this
/// machine answers a few questions sooner than a thread wakes up, so the loop asks it by itself, for some milliseconds.
final class ServerReader: SignInReader {
    /// Milliseconds that the loop waits.
    private static let haste: Int64 = 5
    /// Questions that the loop asks at once: some hundred take longer than it should wait.
    private static let mostInHaste = 8
    /// How long the loop leaves everything to the thread after the server was too slow.
    private static let rest = TimeAmount.milliseconds(25)

    /// What goes to the thread and back, one side at a time.
    private struct Passed<Value>: @unchecked Sendable {
        let value: Value
    }

    /// The loop uses it only while the thread has nothing to do.
    private let store: Passed<ReopeningStore>
    private let loop: any EventLoop
    private let pool: NIOThreadPool
    /// What the thread has to do.
    private var asked = 0
    private var restsUntil = NIODeadline.now()

    /// - Parameters:
    ///   - pool: With one thread, which nobody else uses.
    init(_ store: ReopeningStore, _ loop: any EventLoop, _ pool: NIOThreadPool) {
        self.store = Passed(value: store)
        self.loop = loop
        self.pool = pool
    }

    /// Others may have changed anything.
    var version: Int? { nil }

    func find(_ verifier: AppPasswordVerifier, of account: AccountName) -> (AccountState, AppPassword)? { nil }

    func endFinding() {}

    func answer(_ questions: [FirstQuestion], then: @escaping ([Result<FirstAnswer, StoreError>]) -> Void) {
        let answers = inHaste(questions.count) { store throws(StoreError) in try store.answer(questions) }
        if let answers { return then(answers) }
        ask({ store, answered in store.answer(questions, then: answered) }, then)
    }

    func answer(_ questions: [SecondQuestion], then: @escaping ([Result<SecondAnswer, StoreError>]) -> Void) {
        let answers = inHaste(questions.count) { store throws(StoreError) in try store.answer(questions) }
        if let answers { return then(answers) }
        ask({ store, answered in store.answer(questions, then: answered) }, then)
    }

    func look(_ lookUps: [LookUp], then: @escaping () -> Void) {
        ask({ store, answered in answered(store.answers(lookUps)) }) { answers in
            ReopeningStore.deliver(answers, to: lookUps)
            then()
        }
    }

    /// The answers of a server on this machine; nil: the thread has to ask.
    private func inHaste<Answer>(_ count: Int, _ ask: (Store) throws(StoreError) -> Answer) -> Answer? {
        guard asked == 0, count <= Self.mostInHaste, let open = store.value.open, open.isOnThisMachine else {
            return nil
        }
        let now = NIODeadline.now()
        guard restsUntil <= now else { return nil }
        // Any error is met again by the thread.
        let answer = try? open.hastily(Deadline(in: Self.haste), ask)
        if answer == nil { restsUntil = now + Self.rest }
        return answer
    }

    /// Runs `question` in the thread, and `then` with its answer on the loop.
    private func ask<Answer>(
        _ question: @escaping (ReopeningStore, @escaping (Answer) -> Void) -> Void, _ then: @escaping (Answer) -> Void
    ) {
        asked += 1
        let passed = Passed(
            value: (
                question,
                { [self] (answer: Answer) in
                    asked -= 1
                    then(answer)
                }
            ))
        pool.submit { [store, loop] _ in
            passed.value.0(store.value) { answer in
                let back = Passed(value: (answer, passed.value.1))
                loop.execute { back.value.1(back.value.0) }
            }
        }
    }
}
