import Credentials
import NIOCore
import NIOPosix
import Synchronization

/// The responders, one for each event loop.
final class Responders: Sendable {
    let backend: Backend
    private let byLoop: [ObjectIdentifier: NIOLoopBound<Responder>]
    private let connections = Atomic<UInt64>(0)
    /// For a store on a server: a thread for each event loop.
    private let pools: [NIOThreadPool]

    /// Opens a store for each loop; if one cannot be opened, the daemon does not start.
    init(_ backend: Backend, _ group: any EventLoopGroup, _ location: StoreLocation, keys: Keys) async throws {
        self.backend = backend
        var byLoop: [ObjectIdentifier: NIOLoopBound<Responder>] = [:]
        var pools: [NIOThreadPool] = []
        for loop in group.makeIterator() {
            let pool = location.path == nil ? NIOThreadPool(numberOfThreads: 1) : nil
            if let pool {
                pool.start()
                pools.append(pool)
            }
            byLoop[ObjectIdentifier(loop)] = try await loop.submit {
                let store = ReopeningStore(location, keys: keys)
                try store.use { store throws(StoreError) in try store.read {} }
                let reader: any SignInReader = pool.map { ServerReader(store, loop, $0) } ?? store
                return NIOLoopBound(Responder(backend, reader, loop), eventLoop: loop)
            }.get()
        }
        self.byLoop = byLoop
        self.pools = pools
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
        for pool in pools { try await pool.shutdownGracefully() }
    }
}
