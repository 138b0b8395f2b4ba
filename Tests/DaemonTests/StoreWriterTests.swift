import Authentication
import Synchronization
import TestSupport
import Testing

@testable import Credentials
@testable import Daemon

/// Writes of attempts by the writer's thread.
struct StoreWriterTests {
    /// A flood at a locked database is refused beyond the limit; no accepted guess is lost.
    @Test func floodAtALockedDatabase() async throws {
        let world = try World()
        let writer = StoreWriter(ReopeningStore(world.configuration.store, keys: world.keys))
        let window = GuessWindow(length: 3600, memory: 86_400, now: world.clock.now)
        let answers = Mutex((counted: 0, busy: 0, other: 0))
        // Twice the limit, because guesses that are being written no longer wait.
        let most = 4096
        try world.store.write(durable: false) { () throws(StoreError) in
            for number in 0...2 * most {
                let mac = (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
                writer.count(World.guess("alice@example.org", mac, isLooked: false, window: window)) { result in
                    answers.withLock { answers in
                        switch result {
                        case .success: answers.counted += 1
                        case .failure(.busy): answers.busy += 1
                        case .failure: answers.other += 1
                        }
                    }
                }
            }
        }
        await writer.stop()
        let (counted, busy, other) = answers.withLock { $0 }
        #expect(counted >= most && busy >= 1 && other == 0 && counted + busy == 2 * most + 1)
    }
}
