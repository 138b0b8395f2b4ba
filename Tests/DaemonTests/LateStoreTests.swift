import Authentication
import Credentials
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// With a store that answers later, as one over a network would, the daemon gives the same answers and loses none.
struct LateStoreTests {
    /// Answers some ticks later, on the thread that asked.
    private final class LateReader: SignInReader {
        private let store: ReopeningStore
        private let loop: any EventLoop

        init(_ store: ReopeningStore, _ loop: any EventLoop) {
            self.store = store
            self.loop = loop
        }

        var version: Int? { store.version }

        func find(_ verifier: AppPasswordVerifier, of account: AccountName) -> (AccountState, AppPassword)? { nil }

        func endFinding() {}

        func answer(_ questions: [FirstQuestion], then: @escaping ([Result<FirstAnswer, StoreError>]) -> Void) {
            store.answer(questions) { answers in self.later { then(answers) } }
        }

        func answer(_ questions: [SecondQuestion], then: @escaping ([Result<SecondAnswer, StoreError>]) -> Void) {
            store.answer(questions) { answers in self.later { then(answers) } }
        }

        func look(_ lookUps: [LookUp], then: @escaping () -> Void) { later { self.store.look(lookUps, then: then) } }

        private func later(_ body: @escaping () -> Void) {
            loop.assumeIsolated().scheduleTask(in: .milliseconds(5), body)
        }
    }

    /// Runs `body` on an event loop with a responder, and waits for its promise.
    private func answer<R: Sendable>(
        _ world: World, _ body: @escaping @Sendable (Responder, EventLoopPromise<R>) -> Void
    ) async throws -> R {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let backend = Backend(
            world.configuration, keys: world.keys, logger: Logger(label: "test"),
            clock: { [clock = world.clock] in clock.now })
        let promise = loop.makePromise(of: R.self)
        let path = world.configuration.database
        let drained = loop.flatSubmit {
            let store = ReopeningStore(.file(path: path), keys: backend.judge.keys)
            let responder = Responder(backend, LateReader(store, loop), loop)
            body(responder, promise)
            // Drain at once: open questions must delay the end.
            return responder.drain()
        }
        let isAnswered = Mutex(false)
        promise.futureResult.whenComplete { _ in isAnswered.withLock { $0 = true } }
        #expect(try await drained.map { isAnswered.withLock { $0 } }.get())
        let answer = try await promise.futureResult.get()
        await backend.hashWorkers.stop()
        await backend.writer.stop()
        try await group.shutdownGracefully()
        return answer
    }

    @Test(arguments: DecisionRow.all) func decisions(_ row: DecisionRow) async throws {
        let world = try World("log_target = /dev/null")
        let attempt = try world.attempt(row)
        let outcome = try await answer(world) { responder, promise in
            responder.decide(attempt, responder.backend.judge.begin(attempt), for: ClientPresence()) {
                promise.succeed($0.outcome)
            }
        }
        switch outcome {
        case .granted(let grant): #expect(row.outcome == (grant.enrolmentPending ? "enrol" : "granted"))
        case .denied(let denial): #expect(row.outcome == "denied" && denial.reason.rawValue == row.reason)
        case .unavailable(let failure): Issue.record("\(failure.explanation)")
        }
    }

    @Test func lookUps() async throws {
        let world = try World("log_target = /dev/null")
        let name = try world.addAccount()
        let found = try await answer(world) { responder, promise in
            responder.lookUp(.account(name) { promise.succeed($0) })
        }
        #expect(try found.get()?.name == name)
    }

    @Test func lookUpsInTheirOrder() async throws {
        let world = try World("log_target = /dev/null")
        let name = try world.addAccount()
        let order = try await answer(world) { responder, promise in
            var order: [String] = []
            responder.lookUp(.account(name) { _ in order.append("account") })
            responder.lookUp(.nothing { order.append("nothing") })
            responder.lookUp(
                .names(after: "", limit: 5) { names in
                    promise.succeed(order + ((try? names.get()) ?? []))
                })
        }
        #expect(order == ["account", "nothing", name.text])
    }
}
