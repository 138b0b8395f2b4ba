import NIOCore
import Synchronization
import Testing

@testable import Daemon

/// Whoever listens on one socket shares what comes there.
struct AcceptingSharesTests {
    private final class Clock: Sendable {
        let now = Mutex(NIODeadline.uptimeNanoseconds(0))
    }

    /// Loops as their listening channels behave: each asks after it has accepted, and waits if it has to.
    private final class Loops: Sendable {
        let shares: AcceptingShares
        let counts: Mutex<[Int]>
        let accepting: Mutex<Set<Int>>

        let clock = Clock()

        init(_ count: Int) {
            shares = AcceptingShares(loops: count) { [clock] in clock.now.withLock { $0 } }
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

    @Test(arguments: [(2, 8), (2, 3), (4, 32), (1, 5), (2, 1000)])
    func spreads(_ loops: Int, _ connections: Int) throws {
        let all = Loops(loops)
        for _ in 0..<connections { all.accept(try #require(all.ready.first)) }
        let (fewest, most) = (all.all.min() ?? 0, all.all.max() ?? 0)
        #expect(most - fewest <= max(2, fewest / 8 + 1), "\(all.all)")
        #expect(all.all.reduce(0, +) == connections)
    }

    /// A connection wakes one loop; of a crowd, all accept.
    @Test func oneOrAll() throws {
        let all = Loops(2)
        for _ in 0..<32 {
            #expect(all.ready.count == 1)
            all.accept(all.ready[0])
        }
        #expect(all.ready == [0, 1])
    }

    /// Clients that come and go are all accepted by one loop, also several at once. Later ones are spread again.
    @Test func thoseThatComeAndGo() {
        let all = Loops(2)
        for second in 0..<3 {
            for _ in 0..<30 {
                #expect(all.ready == [0])
                all.accept(0)
                all.close(0)
            }
            all.clock.now.withLock { $0 = .uptimeNanoseconds(UInt64(second + 1) * 1_000_000_000) }
        }
        for _ in 0..<8 { all.accept(0) }
        #expect(all.ready == [0])
        for _ in 0..<8 { all.close(0) }
        all.clock.now.withLock { $0 = .uptimeNanoseconds(60_000_000_000) }
        for _ in 0..<8 { all.accept(all.ready[0]) }
        #expect(all.all == [4, 4])
    }

    /// A loop whose socket was closed is not waited for.
    @Test func oneLeaves() {
        let all = Loops(3)
        #expect(all.ready == [0])
        all.shares.leave(0)
        #expect(all.ready.contains(1))
        for _ in 0..<6 { all.accept(all.ready.first { $0 != 0 } ?? 0) }
        #expect(all.all[0] == 0 && all.all[1] >= 2 && all.all[2] >= 2, "\(all.all)")
    }

    /// Whatever happens, somebody accepts.
    @Test func somebodyAlwaysAccepts() {
        var generator = SystemRandomNumberGenerator()
        for count in 1...4 {
            let all = Loops(count)
            for step in 0..<5000 {
                if Bool.random(using: &generator), let loop = all.ready.randomElement(using: &generator) {
                    all.accept(loop)
                } else if let loop = all.all.indices.filter({ all.all[$0] > 0 }).randomElement(using: &generator) {
                    all.close(loop)
                }
                all.clock.now.withLock { $0 = .uptimeNanoseconds(UInt64(step) * 50_000_000) }
                #expect(!all.ready.isEmpty, "\(all.all)")
            }
        }
    }
}
