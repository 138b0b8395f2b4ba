import Credentials
import Dispatch
import Synchronization

/// Tells whether the server that a session asks is still the one that changes go to. Once a second this process has a
/// commit confirmed, by a standby where the server waits for one. A primary that was cut off and replaced cannot confirm
/// any, but it goes on answering: nothing of that is used for longer than `vouched`.
final class Heartbeat: Sendable {
    private static let interval = DispatchTimeInterval.seconds(1)
    /// The same after a commit that was not confirmed.
    private static let retryInterval = DispatchTimeInterval.milliseconds(250)
    /// Milliseconds from the beginning of a confirmed commit in which answers are used.
    private static let vouched: Int64 = 3000
    /// Milliseconds that a commit may take.
    private static let patience: Int64 = 2000

    private struct Confirmed {
        let timeline: String
        let until: Deadline
    }

    private let settings: String
    private let confirmed: Mutex<Confirmed>
    private let queue = DispatchQueue(label: "heartbeat")

    /// Has a first commit confirmed, and goes on with it.
    ///
    /// - Throws: `StoreError` when that commit was not confirmed.
    init(_ settings: String) throws(StoreError) {
        self.settings = settings
        let server = try Self.connect(settings)
        confirmed = Mutex(try Self.beat(server))
        goOn(server)
    }

    private static func connect(_ settings: String) throws(StoreError) -> PostgresServer {
        let server = try PostgresServer(settings, patience: patience)
        try server.execute("SET synchronous_commit = on")
        return server
    }

    private static func beat(_ server: PostgresServer) throws(StoreError) -> Confirmed {
        let until = Deadline(in: vouched)
        // The smallest commit there is: a message that nobody reads.
        try server.execute("SELECT pg_logical_emit_message(true, 'postern', '')")
        return Confirmed(timeline: server.timeline, until: until)
    }

    private func goOn(_ server: sending PostgresServer?) {
        let interval = server == nil ? Self.retryInterval : Self.interval
        let next = Mutex(server)
        queue.asyncAfter(deadline: .now() + interval) { [self] in
            var server = next.withLock { $0.take() }
            do throws(StoreError) {
                if server == nil { server = try Self.connect(settings) }
                if let server {
                    let confirmed = try Self.beat(server)
                    self.confirmed.withLock { $0 = confirmed }
                }
            } catch {
                server = nil
            }
            goOn(server)
        }
    }

    /// As in `PostgresServer.Check`.
    func expect(_ timeline: String) throws(StoreError) {
        let confirmed = confirmed.withLock { $0 }
        guard confirmed.timeline == timeline else { throw .unreachable(message: "the server was replaced by another") }
        guard !confirmed.until.hasPassed else {
            throw .unreachable(message: "the server has confirmed no commit for 3 s; its standby may be lost")
        }
    }
}
