import CSQLite

/// How libsqlite3 behaves in this process; before the first connection.
package enum Library {
    /// For a process that answers one attempt.
    package static func startSmall() { _ = postern_sqlite_starts_small() }

    /// For a process that answers many attempts on several threads.
    package static func startShared() { _ = postern_sqlite_starts_without_statistics() }
}
