import Credentials
import NIOCore
import NIOPosix

/// Asks a store on a database server, in a thread of its own: an event loop never waits for the network.
final class ServerReader: SignInReader {
    /// What goes to the thread and back, one side at a time.
    private struct Passed<Value>: @unchecked Sendable {
        let value: Value
    }

    private let store: Passed<ReopeningStore>
    private let loop: any EventLoop
    private let pool: NIOThreadPool

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
        ask({ store, answered in store.answer(questions, then: answered) }, then)
    }

    func answer(_ questions: [SecondQuestion], then: @escaping ([Result<SecondAnswer, StoreError>]) -> Void) {
        ask({ store, answered in store.answer(questions, then: answered) }, then)
    }

    func look(_ lookUps: [LookUp], then: @escaping () -> Void) {
        ask({ store, answered in answered(store.answers(lookUps)) }) { answers in
            ReopeningStore.deliver(answers, to: lookUps)
            then()
        }
    }

    /// Runs `question` in the thread, and `then` with its answer on the loop.
    private func ask<Answer>(
        _ question: @escaping (ReopeningStore, @escaping (Answer) -> Void) -> Void, _ then: @escaping (Answer) -> Void
    ) {
        let passed = Passed(value: (question, then))
        pool.submit { [store, loop] _ in
            passed.value.0(store.value) { answer in
                let back = Passed(value: (answer, passed.value.1))
                loop.execute { back.value.1(back.value.0) }
            }
        }
    }
}
