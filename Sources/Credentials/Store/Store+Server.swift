import SQL

/// What a database server says of itself, for `postern doctor` and `posternd --check`.
package struct ServerState: Sendable {
    /// Such as 150008 for 15.8.
    package let version: Int64
    /// Of the database.
    package let encoding: String
    /// The setting `synchronous_standby_names`; empty: a commit waits for no other server.
    package let standbys: String
    /// Whether damaged pages are noticed.
    package let hasChecksums: Bool
    /// The server's clock.
    package let clock: Timestamp
    /// Whether this session may do anything.
    package let isSuperuser: Bool
    /// Whether this session may change or empty the change record.
    package let mayForge: Bool
    /// As in `DatabaseServer`.
    package let otherHosts: [(name: String, reason: String)]
}

extension Store {
    /// Whether the store is on a server that is reached without a network.
    package var isOnThisMachine: Bool { database.server?.isOnThisMachine ?? false }

    /// Asks a server, and leaves off at the deadline. The next call takes up where this one left off.
    ///
    /// - Throws: `StoreError.late` then; else what `body` throws.
    package func hastily<R>(_ deadline: Deadline, _ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        database.server?.haste = deadline
        defer { database.server?.haste = nil }
        return try body(self)
    }

    /// The state of the server; nil: the database is in a file.
    ///
    /// - Throws: `StoreError` when the server cannot be asked.
    package func serverState() throws(StoreError) -> ServerState? {
        guard let server = database.server else { return nil }
        let row = try database.prepare(
            """
            SELECT CAST(current_setting('server_version_num') AS BIGINT), current_setting('server_encoding'),
                current_setting('synchronous_standby_names'), current_setting('data_checksums') = 'on',
                CAST(extract(epoch FROM clock_timestamp()) AS BIGINT), current_setting('is_superuser') = 'on',
                has_table_privilege('change', 'UPDATE') OR has_table_privilege('change', 'TRUNCATE')
            """)
        guard try row.step() else { return nil }
        return ServerState(
            version: row.integer(0), encoding: row.text(1), standbys: row.text(2), hasChecksums: row.flag(3),
            clock: Timestamp(row.integer(4)), isSuperuser: row.flag(5), mayForge: row.flag(6),
            otherHosts: server.otherHosts)
    }
}
