import Bytes
import Glibc
import SQLite

/// The database of accounts and credentials. One connection, for one thread at a time.
package final class Store {
    /// Milliseconds. Under Postfix's 10 s for an answer, over any transaction of ours.
    package static let busyTimeout: Int32 = 5000

    /// Octets: 64 pages.
    private static let longLog = 262_144
    /// Bytes of a write-ahead log that stay on the disk once it is in the database: one long transaction, an import, leaves no
    /// file of its size behind.
    private static let journalSizeLimit = 4_194_304
    /// Pages, likewise.
    private static let autocheckpoint = 64

    /// Octets that a log and its index need to be made (sqlite.org/walformat.html).
    private static let leastSpace: UInt = 65_536

    package let path: String
    /// Opened as it was on a disk that took no writes: changes that come later are not seen.
    package let isImmutable: Bool
    let database: Database
    /// What the key file offers; the newest may be one that this database does not know yet.
    let offered: Keys
    /// What this database is kept under.
    package internal(set) var keys: Keys
    private let version: Int64
    /// Nil inside: there is none.
    var logIndex: LogIndex??
    private var isPreparedForWriting = false
    private enum Writing { case no, lightly, durably }
    private var writing = Writing.no

    /// Opens an existing database, brings it up to date and makes sure it belongs to this key file.
    package convenience init(path: String, keys: Keys) throws(StoreError) {
        try self.init(existing: path, keys)
        try migrate()
        try chooseKeys()
    }

    /// Opens an existing database without changing it, to see whether it could be used.
    package convenience init(examining path: String, keys: Keys) throws(StoreError) {
        try self.init(existing: path, keys)
        guard version <= Schema.migrations.count else {
            throw .newerSchema(found: version, known: Int64(Schema.migrations.count))
        }
        try chooseKeys()
    }

    /// Makes the database if it is not there, with the tables and the key's check value.
    package static func create(path: String, keys: Keys) throws(StoreError) {
        let database = try Database(path: path, access: .create, busyTimeout: busyTimeout)
        let store = try Store(path: path, keys, database: database)
        try store.migrate(isNew: true)
        try store.useLog()
        try store.database.run(
            "INSERT OR IGNORE INTO setting (name, value) VALUES ('key_check', ?)", [.blob(keys.checkValue)])
        try store.chooseKeys()
    }

    /// Stays in the file: every later connection finds the write-ahead log in use. SQLite does not wait for another process
    /// that writes at this moment, such as one that makes the same database (sqlite3BtreeSetVersion).
    private func useLog() throws(StoreError) {
        func milliseconds() -> Int {
            var now = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &now)
            return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
        }
        let end = milliseconds() + Int(Self.busyTimeout)
        while true {
            do throws(StoreError) { return try database.execute("PRAGMA journal_mode = WAL") } catch {
                guard case .locked = error, milliseconds() < end else { throw error }
                usleep(20_000)
            }
        }
    }

    private convenience init(existing path: String, _ keys: Keys) throws(StoreError) {
        guard unsafe access(path, F_OK) == 0 else {
            throw errno == ENOENT
                ? .missing(path: path) : .unreadable(path: path, message: systemMessage(errno))
        }
        do {
            try self.init(
                path: path, keys,
                database: try Database(path: path, access: .existing, busyTimeout: Self.busyTimeout))
        } catch {
            // A log that cannot be made next to a database on a full or read-only disk: nobody else can write there
            // either, so what the file holds is all there is.
            guard error.meansNoLog, Self.isUnchangeable(path) else {
                throw Self.explained(error, path: path)
            }
            do {
                let database = try Database(path: path, access: .immutable, busyTimeout: Self.busyTimeout)
                try self.init(path: path, keys, database: database, isImmutable: true)
            } catch {
                throw Self.explained(error, path: path)
            }
        }
    }

    private init(path: String, _ keys: Keys, database: consuming Database, isImmutable: Bool = false)
        throws(StoreError)
    {
        self.path = path
        offered = keys
        self.keys = keys
        self.isImmutable = isImmutable
        self.database = database
        // The first read finds out whether the file is a database at all, and recovers the log of a killed process.
        version = try self.database.number("PRAGMA user_version")
    }

    /// Only what the version does not settle costs more reads: this is the start of every sign-in.
    ///
    /// - Parameter isNew: Whether an empty file may become a database; otherwise it is one that lost its content.
    private func migrate(isNew: Bool = false) throws(StoreError) {
        guard version != Schema.migrations.count else { return }
        // In this order: another process may fill an empty file between the two.
        let isEmpty = try database.number("SELECT count(*) FROM sqlite_schema") == 0
        let isOurs = try database.number("PRAGMA application_id") == Schema.applicationID
        guard isOurs || isNew && isEmpty else { throw .notPostern(path: path) }
        try prepareForWriting()
        try Schema.migrate(database)
    }

    /// Once for each connection that writes.
    private func prepareForWriting() throws(StoreError) {
        guard !isPreparedForWriting else { return }
        // A guess or a mark that a power cut takes back does no harm; changes and codes ask for `durable` transactions.
        try database.execute(
            """
            PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;
            PRAGMA wal_autocheckpoint = \(Self.autocheckpoint); PRAGMA journal_size_limit = \(Self.journalSizeLimit)
            """)
        isPreparedForWriting = true
    }

    /// For a process that answers many attempts.
    package func setPageCache(kibibytes: Int) throws(StoreError) {
        try database.execute("PRAGMA cache_size = -\(kibibytes)")
    }

    /// For a process that answers one attempt: its end costs no write. Somebody else must keep the log short then.
    package func leaveLogOnClose() { database.leaveLogOnClose() }

    /// Whether the write-ahead log is so long that reading it in costs each new process more than its own work.
    package var hasLongLog: Bool {
        var status = stat()
        return unsafe stat(path + "-wal", &status) == 0 && status.st_size > Self.longLog
    }

    /// Moves the write-ahead log into the database and empties it.
    package func emptyLog() throws(StoreError) { try database.execute("PRAGMA wal_checkpoint(TRUNCATE)") }

    /// Writes that give up at once where another process has the lock, and leave the disk to others.
    package func withoutWaiting<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try prepareForWriting()
        database.setBusyTimeout(0)
        try database.execute("PRAGMA wal_autocheckpoint = 0")
        defer {
            database.setBusyTimeout(Self.busyTimeout)
            try? database.execute("PRAGMA wal_autocheckpoint = \(Self.autocheckpoint)")
        }
        return try body()
    }

    // MARK: Transactions

    /// One consistent view of the store for the length of the call.
    package func read<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try transaction(Self.begin, body)
    }

    /// The same, where the calls in it come one by one.
    package func beginReading() throws(StoreError) { try database.run(Self.begin) }

    package func endReading() {
        do { try database.run(Self.commit) } catch { try? database.execute("ROLLBACK") }
    }

    /// A change that is there after a killed process and, if `durable`, after a power cut as soon as this returns.
    /// Within another one it is part of that; a durable one can be part of a durable one only.
    func write<R>(durable: Bool, _ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        if writing == .durably || writing == .lightly && !durable { return try body() }
        try prepareForWriting()
        let before = writing
        writing = durable ? .durably : .lightly
        defer { writing = before }
        func checked() throws(StoreError) -> R {
            try expectKeys()
            return try body()
        }
        guard durable else { return try transaction(Self.beginWriting, checked) }
        try database.execute("PRAGMA synchronous = FULL")
        defer { try? database.execute("PRAGMA synchronous = NORMAL") }
        return try transaction(Self.beginWriting, checked)
    }

    /// Several durable changes in one transaction.
    package func durably<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try write(durable: true, body)
    }

    /// Runs changes to see what they would do, and takes all of them back.
    package func rehearse<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try prepareForWriting()
        writing = .durably
        defer { writing = .no }
        try database.run(Self.beginWriting)
        defer { try? database.execute("ROLLBACK") }
        return try body()
    }

    private static let begin = Query("BEGIN")
    private static let beginWriting = Query("BEGIN IMMEDIATE")
    private static let commit = Query("COMMIT")

    private func transaction<R>(_ begin: Query, _ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try database.run(begin)
        do {
            let result = try body()
            try database.run(Self.commit)
            return result
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    // MARK: Opening

    private static func explained(_ error: StoreError, path: String) -> StoreError {
        switch error {
        case .engine(let error): .unreadable(path: path, message: error.message)
        default: error
        }
    }

    /// Whether the disk takes no writes and the log has nothing that the database has not.
    private static func isUnchangeable(_ path: String) -> Bool {
        var log = stat()
        guard unsafe stat(path + "-wal", &log) != 0 || log.st_size == 0 else { return false }
        var disk = statvfs()
        guard unsafe statvfs(path, &disk) == 0 else { return false }
        return disk.f_flag & UInt(ST_RDONLY) != 0 || disk.f_bavail * disk.f_frsize < Self.leastSpace
            || disk.f_favail == 0
    }
}
