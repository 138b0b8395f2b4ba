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
    /// - Parameter patience: Milliseconds that connecting, and each statement, may take.
    package static func enable(patience: Int64) {
        forgetEnvironment()
        Store.connector.withLock {
            $0 = { settings throws(StoreError) in try PostgresServer(settings, patience: patience) }
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
