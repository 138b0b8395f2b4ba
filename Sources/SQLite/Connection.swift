import Bytes
import CSQLite
package import SQL

/// One connection to an SQLite database: a thin and safe layer over libsqlite3.
@safe package struct Connection: ~Copyable {
    /// How a database is opened.
    package enum Access {
        case existing
        case create
        /// Read-only.
        case reading
        /// No lock and no write-ahead log: only for a file that nothing can change while it is open.
        case immutable
    }

    private let handle: OpaquePointer
    private let kept = CachedStatements()

    /// Opens a database.
    ///
    /// - Parameter busyTimeout: Milliseconds to wait for other processes. In force before the first statement, since
    ///   even the first read can meet another process that recovers the write-ahead log.
    /// - Throws: `SQLiteError` when the file cannot be opened, or created.
    package init(path: String, access: Access, busyTimeout: Int32) throws(SQLiteError) {
        let flags: Int32
        var name = path
        switch access {
        case .existing: flags = SQLITE_OPEN_READWRITE
        case .reading: flags = SQLITE_OPEN_READONLY
        case .create: flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .immutable:
            flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            name = "file:\(Self.uriPath(path))?immutable=1"
        }
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened = unsafe opened else { throw SQLiteError(code: code, message: "out of memory") }
        guard code == SQLITE_OK else {
            let error = unsafe SQLiteError(code: code, message: String(cString: sqlite3_errmsg(opened)))
            unsafe sqlite3_close_v2(opened)
            throw error
        }
        unsafe sqlite3_busy_timeout(opened, busyTimeout)
        unsafe handle = opened
    }

    deinit {
        kept.finalize()
        unsafe sqlite3_close_v2(handle)
    }

    /// Sets how many milliseconds statements wait for other processes.
    package func setBusyTimeout(_ milliseconds: Int32) { unsafe sqlite3_busy_timeout(handle, milliseconds) }

    /// Makes closing write nothing: the next connection finds the write-ahead log as it is.
    package func leaveLogOnClose() { unsafe postern_leave_log_on_close(handle) }

    /// The index of the write-ahead log; nil if SQLite has not mapped it. Only for a connection in WAL mode that has
    /// read.
    package var logIndex: LogIndex? { unsafe postern_log_index(handle).map { unsafe LogIndex($0) } }

    /// Rows that the last INSERT, UPDATE or DELETE touched.
    package var changes: Int { unsafe Int(sqlite3_changes(handle)) }

    /// Runs one or more statements without parameters.
    ///
    /// - Throws: `SQLiteError` when a statement cannot be compiled or fails.
    package func execute(_ sql: String) throws(SQLiteError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Compiles one statement and binds its parameters in order.
    ///
    /// - Throws: `SQLiteError` when the statement cannot be compiled, or a parameter cannot be bound.
    package func prepare(_ sql: String, _ values: [Value] = []) throws(SQLiteError) -> Statement {
        let statement = unsafe Statement(try compile(sql, flags: 0), isCached: false)
        try statement.bind(values)
        return statement
    }

    /// Binds the parameters of a cached statement, which is compiled at its first use.
    ///
    /// - Throws: `SQLiteError` when the statement cannot be compiled, or a parameter cannot be bound.
    package func prepare(_ query: Query, _ values: [Value] = []) throws(SQLiteError) -> Statement {
        let compiled: OpaquePointer
        if let found = unsafe kept[query] {
            // A statement that a caller is still reading cannot start over.
            guard unsafe sqlite3_stmt_busy(found) == 0 else { return try prepare(query.sql, values) }
            unsafe compiled = found
        } else {
            unsafe compiled = try compile(query.sql, flags: UInt32(SQLITE_PREPARE_PERSISTENT))
            unsafe kept[query] = compiled
        }
        let statement = unsafe Statement(compiled, isCached: true)
        try statement.bind(values)
        return statement
    }

    private func compile(_ sql: String, flags: UInt32) throws(SQLiteError) -> OpaquePointer {
        var compiled: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(handle, sql, -1, flags, &compiled, nil)
        guard code == SQLITE_OK, let compiled = unsafe compiled else { throw failure(code) }
        return unsafe compiled
    }

    /// Runs one statement to its end; rows are dropped.
    ///
    /// - Throws: `SQLiteError` when the statement cannot be compiled or fails.
    package func run(_ sql: String, _ values: [Value] = []) throws(SQLiteError) {
        let statement = try prepare(sql, values)
        while try statement.step() {}
    }

    /// Runs a cached statement to its end; rows are dropped.
    ///
    /// - Throws: `SQLiteError` when the statement cannot be compiled or fails.
    package func run(_ query: Query, _ values: [Value] = []) throws(SQLiteError) {
        let statement = try prepare(query, values)
        while try statement.step() {}
    }

    private func failure(_ code: Int32) -> SQLiteError {
        unsafe SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)))
    }

    /// Percent-encodes what an SQLite URI would read as its own (sqlite.org/uri.html).
    private static func uriPath(_ path: String) -> String {
        path.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"), 0x80...0xff: "%" + hex([byte])
            default: String(decoding: [byte], as: UTF8.self)
            }
        }.joined()
    }
}
