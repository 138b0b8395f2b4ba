import Bytes
import Glibc
import SQL
import SQLite
package import Synchronization

/// The database of accounts and credentials. One connection, for one thread at a time.
package final class Store {
    /// Milliseconds: less than the 10 s that Postfix waits for an answer, more than any transaction of Postern takes.
    package static let busyTimeout: Int32 = 5000

    /// Bytes above which a write-ahead log is long: 64 pages.
    private static let longLog = 262_144
    /// Bytes of the write-ahead log's file that remain once the log is in the database, so that one long transaction,
    /// such as an import, leaves no file of its size behind.
    private static let journalSizeLimit = 4_194_304
    /// Pages of the write-ahead log after which a commit moves it into the database.
    private static let autocheckpoint = 64

    /// Bytes of free space that a log and its index need (sqlite.org/walformat.html).
    private static let leastSpace: UInt = 65_536

    /// Where the database is.
    package let location: StoreLocation
    /// Whether the file was opened in SQLite's immutable mode because the disk is full or read-only; later changes are
    /// then not visible.
    package let isImmutable: Bool
    let database: Database
    /// The keys of the key file; the database may still be under older ones of them.
    let offered: Keys
    /// The keys that the database is under.
    package internal(set) var keys: Keys
    private let version: Int64
    /// The index of the write-ahead log; nil: not looked for yet; nil inside: there is none.
    var logIndex: LogIndex??
    private var isPreparedForWriting = false
    /// The session of the owner who acts, and other sessions that changes do not end: see `acting`.
    var actingSession: String?
    var keptOwnerSessions: Set<String> = []
    private enum Writing { case reading, lightly, durably }
    private var writing = Writing.reading

    /// Opens an existing database, brings it up to date and makes sure it belongs to this key file.
    ///
    /// - Throws: `StoreError` when the database is missing, cannot be opened or migrated, is not Postern's, or belongs
    ///   to another key file.
    package convenience init(_ location: StoreLocation, keys: Keys) throws(StoreError) {
        switch location {
        case .file(let path):
            try self.init(existing: path, keys)
            try migrate()
        case .server(let settings):
            try self.init(server: settings, keys)
            try ServerSchema.expectFit(database)
        }
        try chooseKeys()
    }

    /// Opens an existing database without changing it, to see whether it could be used.
    ///
    /// - Throws: `StoreError` when the database is missing, cannot be opened, is not Postern's, is newer than this
    ///   program, or belongs to another key file.
    package convenience init(examining location: StoreLocation, keys: Keys) throws(StoreError) {
        guard case .file(let path) = location else {
            try self.init(location, keys: keys)
            return
        }
        try self.init(existing: path, keys)
        guard version <= Schema.migrations.count else {
            throw .newerSchema(found: version, known: Int64(Schema.migrations.count))
        }
        try chooseKeys()
    }

    /// Makes the database if it is missing, with the tables and the key's check value.
    ///
    /// - Throws: `StoreError` when the database cannot be made, or one that exists is not Postern's or belongs to
    ///   another key file.
    package static func create(_ location: StoreLocation, keys: Keys) throws(StoreError) {
        let store: Store
        switch location {
        case .file(let path):
            let database = try Database(path: path, access: .create, busyTimeout: busyTimeout)
            store = try Store(location, keys, database: database)
            try store.migrate(isNew: true)
            try store.useLog()
        case .server(let settings):
            store = try Store(server: settings, keys)
            try store.database.execute("SET synchronous_commit = on")
            try ServerSchema.migrate(store.database, isNew: true)
        }
        try store.addKeyCheck()
        try store.chooseKeys()
    }

    private func addKeyCheck() throws(StoreError) {
        try database.run(
            "INSERT INTO setting (name, value) VALUES ('key_check', ?) ON CONFLICT (name) DO NOTHING",
            [.blob(keys.checkValue)])
    }

    /// Makes an empty store in a file that only this process sees, and that ends with it.
    static func temporary(keys: Keys) throws(StoreError) -> Store {
        // SQLite takes a database without a name like this.
        let database = try Database(path: "", access: .create, busyTimeout: 0)
        let store = try Store(.file(path: ""), keys, database: database)
        try store.migrate(isNew: true)
        try store.addKeyCheck()
        return store
    }

    /// Brings the tables on a database server up to date. Programs of an older version go on with them.
    ///
    /// - Throws: `StoreError` when the server cannot be asked, or has no tables of Postern.
    package static func migrate(_ location: StoreLocation, keys: Keys) throws(StoreError) {
        guard case .server(let settings) = location else { return }
        let store = try Store(server: settings, keys)
        try ServerSchema.migrate(store.database, isNew: false)
        try store.chooseKeys()
    }

    /// Connects to a database server. Set by the main function of a program that may ask one.
    package static let connector = Mutex<(@Sendable (_ settings: String) throws(StoreError) -> any DatabaseServer)?>(
        nil)

    private convenience init(server settings: String, _ keys: Keys) throws(StoreError) {
        guard let connect = Self.connector.withLock({ $0 }) else { throw .needsDaemon }
        try self.init(.server(settings: settings), keys, database: .server(try connect(settings)))
    }

    /// Switches the database to a write-ahead log. The file remembers this: every later connection uses the log. SQLite
    /// does not wait for another process that is writing, such as one that makes the same database
    /// (sqlite3BtreeSetVersion), so this function does.
    private func useLog() throws(StoreError) {
        let end = Deadline(in: Int64(Self.busyTimeout))
        while true {
            do throws(StoreError) { return try database.execute("PRAGMA journal_mode = WAL") } catch {
                guard case .locked = error, !end.hasPassed else { throw error }
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
                .file(path: path), keys,
                database: try Database(path: path, access: .existing, busyTimeout: Self.busyTimeout))
        } catch {
            // On a full or read-only disk no log can be made beside a database. Nobody else can write there either, so
            // the file is complete without one.
            guard error.meansNoLog, Self.isUnchangeable(path) else {
                throw Self.explain(error, path: path)
            }
            do {
                let database = try Database(path: path, access: .immutable, busyTimeout: Self.busyTimeout)
                try self.init(.file(path: path), keys, database: database, isImmutable: true)
            } catch {
                throw Self.explain(error, path: path)
            }
        }
    }

    private init(_ location: StoreLocation, _ keys: Keys, database: consuming Database, isImmutable: Bool = false)
        throws(StoreError)
    {
        self.location = location
        offered = keys
        self.keys = keys
        self.isImmutable = isImmutable
        self.database = database
        // The first read finds out whether the file is a database at all, and recovers the log of a killed process.
        version = self.database.isServer ? 0 : try self.database.number("PRAGMA user_version")
    }

    /// Migrates an older database. If the version is the current one, nothing else is read: this is the start of every
    /// sign-in.
    ///
    /// - Parameter isNew: Whether an empty file may become a database; otherwise it is one that lost its content.
    private func migrate(isNew: Bool = false) throws(StoreError) {
        guard version != Schema.migrations.count else { return }
        // In this order: another process may fill an empty file between the two reads.
        let isEmpty = try database.number("SELECT count(*) FROM sqlite_schema") == 0
        let isOurs = try database.number("PRAGMA application_id") == Schema.applicationID
        guard isOurs || isNew && isEmpty else { throw .notPostern(name: location.name) }
        try prepareForWriting()
        try Schema.migrate(database)
    }

    /// Sets a connection up for writing, once.
    private func prepareForWriting() throws(StoreError) {
        guard !isPreparedForWriting, !database.isServer else { return }
        // If a power cut takes back a guess or a mark, it does no harm; changes and codes use `durable` transactions.
        try database.execute(
            """
            PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;
            PRAGMA wal_autocheckpoint = \(Self.autocheckpoint); PRAGMA journal_size_limit = \(Self.journalSizeLimit)
            """)
        isPreparedForWriting = true
    }

    /// Sets the size of the page cache, for a process that answers many attempts.
    ///
    /// - Throws: `StoreError` when the database does not accept the size.
    package func setPageCache(kibibytes: Int) throws(StoreError) {
        if !database.isServer { try database.execute("PRAGMA cache_size = -\(kibibytes)") }
    }

    /// Leaves the write-ahead log as it is when the store is closed, so that a process that answers one attempt ends
    /// without a write. Another process must then keep the log short.
    package func leaveLogOnClose() { database.leaveLogOnClose() }

    /// Whether the write-ahead log is so long that reading it in costs each new process more than its own work.
    package var hasLongLog: Bool {
        var status = stat()
        guard let path = location.path else { return false }
        return unsafe stat(path + "-wal", &status) == 0 && status.st_size > Self.longLog
    }

    /// Moves the write-ahead log into the database and empties it.
    ///
    /// - Throws: `StoreError` when the database cannot be written.
    package func emptyLog() throws(StoreError) {
        if !database.isServer { try database.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
    }

    /// Runs writes that fail at once if another process holds the lock, and that leave moving the log into the database
    /// to others.
    ///
    /// - Throws: What `body` throws, such as `StoreError.locked`, or `StoreError` when the connection cannot be set up.
    package func withoutWaiting<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        guard !database.isServer else { return try body() }
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

    /// Runs `body` with one consistent view of the store.
    ///
    /// - Throws: What `body` throws, or `StoreError` when the database cannot be read.
    package func read<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try transaction(.reading, body)
    }

    /// Begins a consistent view of the store that lasts until `endReading`.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func beginReading() throws(StoreError) { try begin(.reading) }

    /// Ends the view that `beginReading` began.
    package func endReading() {
        do { try commit() } catch { try? database.execute("ROLLBACK") }
    }

    /// Runs `body` in a transaction whose changes, once this returns, survive a killed process and, if `durable`, a
    /// power cut. Inside another transaction it becomes part of that one; a durable one can only be part of a durable
    /// one.
    func write<R>(durable: Bool, _ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        if writing == .durably || writing == .lightly && !durable { return try body() }
        try prepareForWriting()
        let before = writing
        writing = durable ? .durably : .lightly
        defer { writing = before }
        func checked() throws(StoreError) -> R {
            try expectKeys()
            try expectOwnerSession()
            return try body()
        }
        guard durable, !database.isServer else { return try transaction(writing, checked) }
        try database.execute("PRAGMA synchronous = FULL")
        defer { try? database.execute("PRAGMA synchronous = NORMAL") }
        return try transaction(writing, checked)
    }

    /// Runs several durable changes in one transaction.
    ///
    /// - Throws: What `body` throws, or `StoreError` when the database cannot be written.
    package func durably<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try write(durable: true, body)
    }

    /// Runs changes to see what they would do, then rolls all of them back.
    ///
    /// - Throws: What `body` throws, or `StoreError` when the database cannot be written.
    package func rehearse<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try prepareForWriting()
        writing = .durably
        defer { writing = .reading }
        try begin(.durably)
        defer { try? database.execute("ROLLBACK") }
        return try body()
    }

    private static let beginReading = Query("BEGIN")
    private static let beginWriting = Query("BEGIN IMMEDIATE")
    private static let commit = Query("COMMIT")

    /// Begins a transaction. In one that writes, nobody else writes, so that what is read in it is current.
    private func begin(_ kind: Writing) throws(StoreError) {
        switch (database.isServer, kind) {
        case (false, .reading): try database.run(Self.beginReading)
        case (false, .lightly), (false, .durably): try database.run(Self.beginWriting)
        case (true, .reading): try database.execute(ServerSchema.beginReading)
        case (true, .lightly): try database.execute(ServerSchema.beginWritingLightly)
        case (true, .durably): try database.execute(ServerSchema.beginWritingDurably)
        }
    }

    private func commit() throws(StoreError) {
        if database.isServer { try database.execute("COMMIT") } else { try database.run(Self.commit) }
    }

    private func transaction<R>(_ kind: Writing, _ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try begin(kind)
        do {
            let result = try body()
            try commit()
            return result
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    // MARK: Opening

    private static func explain(_ error: StoreError, path: String) -> StoreError {
        switch error {
        case .engine(let error): .unreadable(path: path, message: error.message)
        default: error
        }
    }

    /// Whether the disk takes no writes and the log has nothing that is not in the database.
    private static func isUnchangeable(_ path: String) -> Bool {
        var log = stat()
        guard unsafe stat(path + "-wal", &log) != 0 || log.st_size == 0 else { return false }
        var disk = statvfs()
        guard unsafe statvfs(path, &disk) == 0 else { return false }
        return disk.f_flag & UInt(ST_RDONLY) != 0 || disk.f_bavail * disk.f_frsize < Self.leastSpace
            || disk.f_favail == 0
    }
}
