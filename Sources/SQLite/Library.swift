import CSQLite

/// Configures libsqlite3 for this process; call before the first connection is opened.
package enum Library {
    /// For a process that answers one attempt.
    package static func startSmall() { _ = postern_sqlite_starts_small() }

    /// For a process that answers many attempts on several threads.
    package static func startShared() { _ = postern_sqlite_starts_without_statistics() }
}
