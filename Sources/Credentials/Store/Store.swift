import Glibc

/// The database of accounts and credentials. One connection, for one thread at a time.
package final class Store {
    /// Milliseconds. Under Postfix's 10 s for an answer, over any transaction of ours.
    package static let busyTimeout: Int32 = 5000

    package let path: String
    let connection: Connection

    /// Opens an existing database, brings it up to date and makes sure it belongs to this key file.
    package convenience init(path: String, keys: Keys) throws(StoreError) {
        try self.init(existing: path)
        try migrate()
        try checkKey(keys)
    }

    /// Makes the database if it is not there, with the tables and the key's check value.
    package static func create(path: String, keys: Keys) throws(StoreError) {
        let connection = try Connection(path: path, access: .create, busyTimeout: busyTimeout)
        let store = try Store(path: path, connection: connection)
        // Stays in the file: every later connection finds the write-ahead log in use.
        try store.connection.execute("PRAGMA journal_mode = WAL")
        try store.migrate()
        try store.connection.run(
            "INSERT OR IGNORE INTO setting (name, value) VALUES ('key_check', ?)", [.blob(keys.checkValue)])
        try store.checkKey(keys)
    }

    private convenience init(existing path: String) throws(StoreError) {
        guard unsafe access(path, F_OK) == 0 else {
            throw errno == ENOENT
                ? .missing(path: path) : .unreadable(path: path, message: systemMessage(errno))
        }
        do {
            try self.init(
                path: path, connection: try Connection(path: path, access: .existing, busyTimeout: Self.busyTimeout))
        } catch {
            // A write-ahead log that cannot be made next to a database on a read-only disk: nobody else can write
            // there either, so what the file holds is all there is.
            guard case .failed = error, Self.isUnchangeable(path) else {
                throw Self.explained(error, path: path)
            }
            do {
                let connection = try Connection(path: path, access: .immutable, busyTimeout: Self.busyTimeout)
                try self.init(path: path, connection: connection)
            } catch {
                throw Self.explained(error, path: path)
            }
        }
    }

    private init(path: String, connection: consuming Connection) throws(StoreError) {
        self.path = path
        self.connection = connection
        // A grant reads whatever was committed; a guess or a mark that a power cut takes back does no harm. Changes
        // and codes ask for `durable` transactions.
        try self.connection.execute(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF")
        // The first read finds out whether the file is a database at all, and recovers the log of a killed process.
        _ = try Schema.number(self.connection, "SELECT count(*) FROM sqlite_schema")
    }

    private func migrate() throws(StoreError) {
        let isOurs = try Schema.number(connection, "PRAGMA application_id") == Schema.applicationID
        let isEmpty = try Schema.number(connection, "SELECT count(*) FROM sqlite_schema") == 0
        guard isOurs || isEmpty else { throw .notPostern(path: path) }
        try Schema.migrate(connection)
    }

    private func checkKey(_ keys: Keys) throws(StoreError) {
        let statement = try connection.prepare("SELECT value FROM setting WHERE name = 'key_check'")
        guard try statement.step() else { throw .notPostern(path: path) }
        guard constantTimeEquals(statement.blob(0), keys.checkValue) else { throw .otherKey }
    }

    /// For a reader that is about to go: its end costs no write, whoever else is there.
    package func leaveLogOnClose() { connection.leaveLogOnClose() }

    // MARK: Transactions

    /// One consistent view of the store for the length of the call.
    func read<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try transaction("BEGIN", body)
    }

    /// A change that is there after a killed process and, if `durable`, after a power cut as soon as this returns.
    func write<R>(durable: Bool, _ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        guard durable else { return try transaction("BEGIN IMMEDIATE", body) }
        try connection.execute("PRAGMA synchronous = FULL")
        defer { try? connection.execute("PRAGMA synchronous = NORMAL") }
        return try transaction("BEGIN IMMEDIATE", body)
    }

    private func transaction<R>(_ begin: String, _ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try connection.execute(begin)
        do {
            let result = try body()
            try connection.execute("COMMIT")
            return result
        } catch {
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    // MARK: Opening

    private static func explained(_ error: StoreError, path: String) -> StoreError {
        switch error {
        case .failed(_, let message): .unreadable(path: path, message: message)
        default: error
        }
    }

    private static func isUnchangeable(_ path: String) -> Bool {
        var status = stat()
        guard unsafe access(path, W_OK) != 0, errno == EROFS else { return false }
        return unsafe stat(path + "-wal", &status) != 0 || status.st_size == 0
    }
}
