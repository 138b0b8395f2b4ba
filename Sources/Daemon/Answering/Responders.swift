import Credentials
import NIOCore
import Synchronization

/// The responders, one for each event loop.
final class Responders: Sendable {
    let backend: Backend
    private let byLoop: [ObjectIdentifier: NIOLoopBound<Responder>]
    private let connections = Atomic<UInt64>(0)

    /// Opens a store for each loop; if one cannot be opened, the daemon does not start.
    init(_ backend: Backend, _ group: any EventLoopGroup, database: String, keys: Keys) async throws {
        self.backend = backend
        var byLoop: [ObjectIdentifier: NIOLoopBound<Responder>] = [:]
        for loop in group.makeIterator() {
            byLoop[ObjectIdentifier(loop)] = try await loop.submit {
                let store = ReopeningStore(path: database, keys: keys)
                try store.use { store throws(StoreError) in try store.read {} }
                return NIOLoopBound(Responder(backend, store, loop), eventLoop: loop)
            }.get()
        }
        self.byLoop = byLoop
    }

    /// The loop's responder, for use on that loop only.
    subscript(loop: any EventLoop) -> Responder {
        guard let bound = byLoop[ObjectIdentifier(loop)] else { preconditionFailure("a loop of another group") }
        return bound.value
    }

    /// A different number for each connection.
    func nextNumber() -> UInt64 { connections.add(1, ordering: .relaxed).newValue }

    func sweep() { for bound in byLoop.values { bound.eventLoop.execute { bound.value.sweep() } } }

    /// Returns when every open request is answered and every connection is closed.
    func drain() async throws {
        let all = byLoop.values.map { bound in bound.eventLoop.flatSubmit { bound.value.drain() } }
        for drained in all { try await drained.get() }
    }
}
