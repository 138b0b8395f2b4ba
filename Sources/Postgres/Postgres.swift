import Credentials
import Glibc
import Synchronization

/// Lets the stores of this program be on a PostgreSQL server.
package enum Postgres {
    /// Milliseconds that a sign-in waits for a server: less than mail programs and Postfix wait.
    package static let signInPatience: Int64 = 900
    /// Milliseconds that a command of an administrator waits.
    package static let commandPatience: Int64 = 60_000

    /// Call at the start of the program, before other threads exist: libpq reads the environment.
    ///
    /// - Parameters:
    ///   - patience: Milliseconds that connecting, and each statement, may take.
    ///   - hasHeartbeat: Whether to use no answer of a server that was replaced: for a program that keeps its sessions.
    package static func enable(patience: Int64, hasHeartbeat: Bool = false) {
        forgetEnvironment()
        Store.connector.withLock {
            $0 = { settings throws(StoreError) in
                guard hasHeartbeat else { return try PostgresServer(settings, patience: patience) }
                let heartbeat = try heartbeat(settings)
                return try PostgresServer(settings, patience: patience) { timeline throws(StoreError) in
                    try heartbeat.expect(timeline)
                }
            }
        }
    }

    /// Of this process, which has one store.
    private static let heartbeat = Mutex<Heartbeat?>(nil)

    private static func heartbeat(_ settings: String) throws(StoreError) -> Heartbeat {
        try heartbeat.withLock { heartbeat throws(StoreError) in
            if let heartbeat { return heartbeat }
            let first = try Heartbeat(settings)
            heartbeat = first
            return first
        }
    }

    /// Removes variables by which libpq would be told other settings than those of the configuration.
    private static func forgetEnvironment() {
        var names: [String] = []
        var index = 0
        while let entry = unsafe environ[index] {
            let text = unsafe String(cString: entry)
            if text.hasPrefix("PG") { names.append(String(text.prefix { $0 != "=" })) }
            index += 1
        }
        for name in names { unsafe unsetenv(name) }
    }
}
