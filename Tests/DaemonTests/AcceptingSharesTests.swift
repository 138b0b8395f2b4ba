import Synchronization
import Testing

@testable import Daemon

/// Whoever listens on one socket shares what comes there.
struct AcceptingSharesTests {
    /// Loops as their listening channels behave: each asks after it has accepted, and waits if it has to.
    private final class Loops: Sendable {
        let shares: AcceptingShares
        let counts: Mutex<[Int]>
        let accepting: Mutex<Set<Int>>

        init(_ count: Int) {
            shares = AcceptingShares(loops: count)
            counts = Mutex(Array(repeating: 0, count: count))
            accepting = Mutex([])
            for loop in 0..<count { ask(loop) }
        }

        func ask(_ loop: Int) {
            let mayAccept = shares.mayAccept(loop) { self.ask(loop) }
            accepting.withLock { accepting in
                if mayAccept { accepting.insert(loop) } else { accepting.remove(loop) }
            }
        }

        func accept(_ loop: Int) {
            counts.withLock { $0[loop] += 1 }
            shares.opened(loop)
            ask(loop)
        }

        func close(_ loop: Int) {
            counts.withLock { $0[loop] -= 1 }
            shares.closed(loop)
        }

        var all: [Int] { counts.withLock { $0 } }
        var ready: [Int] { accepting.withLock { $0.sorted() } }
    }

    /// The first that may accept always is the first to wake up.
    @Test(arguments: [(2, 8), (2, 3), (4, 32), (1, 5), (2, 1000)])
    func spreads(_ loops: Int, _ connections: Int) throws {
        let all = Loops(loops)
        for _ in 0..<connections { all.accept(try #require(all.ready.first)) }
        let (fewest, most) = (all.all.min() ?? 0, all.all.max() ?? 0)
        #expect(most - fewest <= max(2, fewest / 8 + 1), "\(all.all)")
        #expect(all.all.reduce(0, +) == connections)
    }

    /// Clients that come one after the other are all accepted by the loop that wakes up first.
    @Test func oneAfterTheOther() {
        let all = Loops(2)
        for _ in 0..<100 {
            #expect(all.ready == [0, 1])
            all.accept(0)
            all.close(0)
        }
    }

    /// Whatever happens, somebody accepts, and a loop with few connections goes on.
    @Test func somebodyAlwaysAccepts() {
        var generator = SystemRandomNumberGenerator()
        for count in 1...4 {
            let all = Loops(count)
            for _ in 0..<5000 {
                if Bool.random(using: &generator), let loop = all.ready.randomElement(using: &generator) {
                    all.accept(loop)
                } else if let loop = all.all.indices.filter({ all.all[$0] > 0 }).randomElement(using: &generator) {
                    all.close(loop)
                }
                let fewest = all.all.min()
                #expect(all.ready.contains { all.all[$0] == fewest }, "\(all.all) \(all.ready)")
            }
        }
    }
}
