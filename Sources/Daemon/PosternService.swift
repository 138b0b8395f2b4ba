package import Authentication
import CPostern
package import Credentials
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The daemon, from opening its sockets to its last answer.
package struct PosternService: ServiceLifecycle.Service {
    /// Interval between checks of connection deadlines.
    private static let sweepInterval = Duration.seconds(1)

    /// Number of connections from which memory is returned to the system once more than half of them have closed.
    private static let largeCrowd = 1000

    private let configuration: Configuration
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let loops: Int

    /// Creates the service; `run()` opens its sockets.
    ///
    /// - Parameter loops: Number of event loops.
    package init(
        _ configuration: Configuration, logger: Logger, clock: @escaping @Sendable () -> Timestamp = Timestamp.now,
        loops: Int = MemoryBudget.loops
    ) {
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        self.loops = loops
    }

    /// Serves until the group of services shuts down gracefully.
    ///
    /// - Throws: `KeyFileError`, `StoreError` or `ListenError` when the key file, the database or a socket cannot be
    ///   used.
    package func run() async throws {
        let offered = try KeyFile.load(path: configuration.keyFile)
        let keys = try Store(configuration.store, keys: offered).keys.precompute()
        let backend = Backend(configuration, keys: keys, logger: logger, clock: clock)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let responders = try await Responders(backend, group, configuration.store, keys: keys)
        let listeners = try Listeners.open(configuration, logger)
        var channels: [any Channel] = []
        for listener in listeners { channels += try await listener.start(group, responders) }
        for listener in listeners { logger.info("listening on \(listener.socket.path)") }
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        Notification.ready.send()

        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await keepHouse(backend, responders) }
                group.addTask {
                    while (try? await Task.sleep(for: SignInRecorder.interval)) != nil { await backend.signIns.flush() }
                }
                group.addTask { for await _ in hangUps { backend.authLog.reopen() } }
            }
        }

        Notification.stopping.send()
        logger.info("stopping")
        for channel in channels { try? await channel.close() }
        for listener in listeners { listener.socket.remove() }
        try await responders.drain()
        await backend.signIns.flush()
        await backend.hashWorkers.stop()
        await backend.owners.stop()
        await backend.writer.stop()
        try await group.shutdownGracefully()
    }

    /// Once a second until the daemon stops: closes overdue connections, prunes the store, and returns memory after a
    /// large crowd has left.
    private func keepHouse(_ backend: Backend, _ responders: Responders) async {
        var seconds: Int64 = 0
        var crowd = 0
        while (try? await Task.sleep(for: Self.sweepInterval)) != nil {
            seconds += 1
            responders.sweep()
            backend.pruner.tick(seconds)
            crowd = max(crowd, backend.peers.count)
            if crowd >= Self.largeCrowd, backend.peers.count < crowd / 2 {
                postern_release_memory()
                // Start again from the connections that are left: they may be closing, too.
                crowd = backend.peers.count
            }
        }
    }
}
