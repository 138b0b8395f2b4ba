import NIOCore
import Synchronization

/// Spreads connections over event loops that all listen on one socket. A connection is served by the loop that accepted
/// it: to hand it over would wake another thread three times, which takes longer than to answer a request.
///
/// As a rule one loop accepts, so that a connection wakes one thread. When it has accepted more than its share, the loop with
/// the fewest connections takes over. Of a crowd all loops accept.
final class AcceptingShares: Sendable {
    /// Connections of each loop from which all accept.
    private static let crowd = 16
    /// Most connections that come and go by which one loop may exceed another.
    private static let mostPassing = 16
    /// How long closed connections count as ones that come and go.
    private static let period = TimeAmount.seconds(1)

    private struct State {
        /// Of each loop.
        var connections: [Int]
        /// What tells a loop to go on accepting; nil: it does not wait.
        var waiting: [(@Sendable () -> Void)?]
        var holder = 0
        var periodEnd = NIODeadline.uptimeNanoseconds(0)
        /// Connections closed in this period, and in the one before.
        var closed = 0
        var closedBefore = 0

        var fewest: Int { connections.min() ?? 0 }

        /// Whether a loop has no more connections than its share, which is a few more than the fewest of another. Those
        /// that come and go need not be spread.
        func hasRoom(_ loop: Int) -> Bool {
            connections[loop] <= fewest + max(1, fewest / 8, min(closedBefore, AcceptingShares.mostPassing))
        }

        func mayAccept(_ loop: Int) -> Bool { loop == holder || fewest >= AcceptingShares.crowd && hasRoom(loop) }

        /// Lets the loop with the fewest connections accept.
        mutating func passOn() { holder = connections.firstIndex(of: fewest) ?? holder }

        mutating func begin(_ period: TimeAmount, _ now: NIODeadline) {
            guard now >= periodEnd else { return }
            closedBefore = now < periodEnd + period ? closed : 0
            closed = 0
            periodEnd = now + period
        }
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> NIODeadline

    init(loops: Int, clock: @escaping @Sendable () -> NIODeadline = NIODeadline.now) {
        self.clock = clock
        state = Mutex(
            State(connections: Array(repeating: 0, count: loops), waiting: Array(repeating: nil, count: loops)))
    }

    /// Whether a loop may accept; if not, `goOn` is called once it may.
    func mayAccept(_ loop: Int, orLater goOn: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            let mayAccept = state.mayAccept(loop)
            state.waiting[loop] = mayAccept ? nil : goOn
            return mayAccept
        }
    }

    func opened(_ loop: Int) {
        change { state in
            state.connections[loop] += 1
            if loop == state.holder, !state.hasRoom(loop) { state.passOn() }
        }
    }

    func closed(_ loop: Int) {
        change { state in
            state.connections[loop] -= 1
            state.closed += 1
        }
    }

    /// Takes a loop out that listens no longer.
    func leave(_ loop: Int) {
        change { state in
            state.connections[loop] = .max / 2
            if loop == state.holder { state.passOn() }
        }
    }

    private func change(_ change: (inout State) -> Void) {
        let now = clock()
        let next = state.withLock { state -> [@Sendable () -> Void] in
            state.begin(Self.period, now)
            change(&state)
            let loops = state.waiting.indices.filter { state.waiting[$0] != nil && state.mayAccept($0) }
            return loops.compactMap { loop in
                defer { state.waiting[loop] = nil }
                return state.waiting[loop]
            }
        }
        for goOn in next { goOn() }
    }
}
