import Synchronization

/// Spreads connections over event loops that all listen on one socket. A connection is served by the loop that accepted
/// it: to hand it over would wake another thread three times, which takes longer than to answer a request.
final class AcceptingShares: Sendable {
    private struct State {
        /// Of each loop.
        var connections: [Int]
        /// What tells a loop to go on accepting; nil: it does not wait.
        var waiting: [(@Sendable () -> Void)?]

        /// Whether a loop has no more connections than its share, which is one more than the fewest of another, or of a
        /// crowd an eighth more. So the loop with the fewest never waits.
        func hasRoom(_ loop: Int) -> Bool {
            let fewest = connections.min() ?? 0
            return connections[loop] <= fewest + max(1, fewest / 8)
        }
    }

    private let state: Mutex<State>

    init(loops: Int) {
        state = Mutex(
            State(connections: Array(repeating: 0, count: loops), waiting: Array(repeating: nil, count: loops)))
    }

    /// Whether a loop may accept; if not, `goOn` is called once it may.
    func mayAccept(_ loop: Int, orLater goOn: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            let hasRoom = state.hasRoom(loop)
            state.waiting[loop] = hasRoom ? nil : goOn
            return hasRoom
        }
    }

    func opened(_ loop: Int) { change { $0[loop] += 1 } }

    func closed(_ loop: Int) { change { $0[loop] -= 1 } }

    private func change(_ change: (inout [Int]) -> Void) {
        let next = state.withLock { state -> [@Sendable () -> Void] in
            change(&state.connections)
            let loops = state.waiting.indices.filter { state.waiting[$0] != nil && state.hasRoom($0) }
            return loops.compactMap { loop in
                defer { state.waiting[loop] = nil }
                return state.waiting[loop]
            }
        }
        for goOn in next { goOn() }
    }
}
