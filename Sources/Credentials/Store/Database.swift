import SQL
import SQLite

/// The database, in the terms of the store: its errors are store errors, its times are timestamps.
enum Database: ~Copyable {
    case file(Connection)
    case server(any DatabaseServer)

    init(path: String, access: Connection.Access, busyTimeout: Int32) throws(StoreError) {
        do throws(SQLiteError) {
            self = .file(try Connection(path: path, access: access, busyTimeout: busyTimeout))
        } catch {
            throw StoreError(error)
        }
    }

    /// The session with a server that other machines use, too; nil: a file.
    var server: (any DatabaseServer)? {
        switch self {
        case .file: nil
        case .server(let server): server
        }
    }

    /// Whether other machines use it, too.
    var isServer: Bool { server != nil }

    /// Rows that the last INSERT, UPDATE or DELETE touched.
    var changes: Int {
        switch self {
        case .file(let connection): connection.changes
        case .server(let server): server.changes
        }
    }

    /// Runs one or more statements without parameters.
    func execute(_ sql: String) throws(StoreError) {
        switch self {
        case .file(let connection):
            do throws(SQLiteError) { try connection.execute(sql) } catch { throw StoreError(error) }
        case .server(let server): try server.execute(sql)
        }
    }

    func prepare(_ sql: String, _ values: [Value] = []) throws(StoreError) -> Rows {
        switch self {
        case .file(let connection):
            do throws(SQLiteError) { return .file(try connection.prepare(sql, values)) } catch {
                throw StoreError(error)
            }
        case .server(let server): return .server(try server.run(sql, values))
        }
    }

    func prepare(_ query: Query, _ values: [Value] = []) throws(StoreError) -> Rows {
        switch self {
        case .file(let connection):
            do throws(SQLiteError) { return .file(try connection.prepare(query, values)) } catch {
                throw StoreError(error)
            }
        case .server(let server): return .server(try server.run(query.sql, values))
        }
    }

    /// Runs one statement to its end; rows are dropped.
    func run(_ sql: String, _ values: [Value] = []) throws(StoreError) {
        let rows = try prepare(sql, values)
        while try rows.step() {}
    }

    /// Runs one statement to its end; rows are dropped.
    func run(_ query: Query, _ values: [Value] = []) throws(StoreError) {
        let rows = try prepare(query, values)
        while try rows.step() {}
    }

    /// A single number; 0 where there is no row.
    func number(_ sql: String) throws(StoreError) -> Int64 {
        let rows = try prepare(sql)
        return try rows.step() ? rows.integer(0) : 0
    }
}

/// What only a database in a file has.
extension Database {
    func setBusyTimeout(_ milliseconds: Int32) {
        switch self {
        case .file(let connection): connection.setBusyTimeout(milliseconds)
        case .server: break
        }
    }

    func leaveLogOnClose() {
        switch self {
        case .file(let connection): connection.leaveLogOnClose()
        case .server: break
        }
    }

    var logIndex: LogIndex? {
        switch self {
        case .file(let connection): connection.logIndex
        case .server: nil
        }
    }
}

/// The rows of a query. It stands before the first row or on a row.
enum Rows: ~Copyable {
    case file(Statement)
    case server(any ServerRows)

    /// Goes to the next row; false if there is none.
    func step() throws(StoreError) -> Bool {
        switch self {
        case .file(let statement):
            do throws(SQLiteError) { return try statement.step() } catch { throw StoreError(error) }
        case .server(let rows): return rows.step()
        }
    }

    /// The first column of all remaining rows.
    consuming func texts() throws(StoreError) -> [String] {
        var found: [String] = []
        while try step() { found.append(text(0)) }
        return found
    }

    // The optimizer of Swift 6.3.1 crashes on many of these inlined into one function.
    @inline(never)
    func integer(_ column: Int32) -> Int64 {
        switch self {
        case .file(let statement): statement.integer(column)
        case .server(let rows): rows.integer(column)
        }
    }

    @inline(never)
    func text(_ column: Int32) -> String {
        switch self {
        case .file(let statement): statement.text(column)
        case .server(let rows): rows.text(column)
        }
    }

    @inline(never)
    func blob(_ column: Int32) -> [UInt8] {
        switch self {
        case .file(let statement): statement.blob(column)
        case .server(let rows): rows.blob(column)
        }
    }

    @inline(never)
    private func isNull(_ column: Int32) -> Bool {
        switch self {
        case .file(let statement): statement.isNull(column)
        case .server(let rows): rows.isNull(column)
        }
    }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
    func flag(_ column: Int32) -> Bool { integer(column) != 0 }
    func optionalFlag(_ column: Int32) -> Bool? { isNull(column) ? nil : flag(column) }
    func timestamp(_ column: Int32) -> Timestamp? { optionalInteger(column).map(Timestamp.init) }
    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
    func optionalBlob(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : blob(column) }
}

extension Value {
    static func timestamp(_ time: Timestamp?) -> Value { .integer(time?.seconds) }
}
