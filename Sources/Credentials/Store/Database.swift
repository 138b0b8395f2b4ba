import SQLite

/// A connection in the terms of the store: its errors are store errors, its times are timestamps.
struct Database: ~Copyable {
    private let connection: Connection

    init(path: String, access: Connection.Access, busyTimeout: Int32) throws(StoreError) {
        do throws(SQLiteError) {
            connection = try Connection(path: path, access: access, busyTimeout: busyTimeout)
        } catch {
            throw StoreError(error)
        }
    }

    func setBusyTimeout(_ milliseconds: Int32) { connection.setBusyTimeout(milliseconds) }

    func leaveLogOnClose() { connection.leaveLogOnClose() }

    var logIndex: LogIndex? { connection.logIndex }

    /// Rows that the last INSERT, UPDATE or DELETE touched.
    var changes: Int { connection.changes }

    /// Runs one or more statements without parameters.
    func execute(_ sql: String) throws(StoreError) {
        do throws(SQLiteError) { try connection.execute(sql) } catch { throw StoreError(error) }
    }

    func prepare(_ sql: String, _ values: [Value] = []) throws(StoreError) -> Rows {
        do throws(SQLiteError) { return Rows(try connection.prepare(sql, values)) } catch { throw StoreError(error) }
    }

    func prepare(_ query: Query, _ values: [Value] = []) throws(StoreError) -> Rows {
        do throws(SQLiteError) { return Rows(try connection.prepare(query, values)) } catch { throw StoreError(error) }
    }

    /// Runs one statement to its end; rows are dropped.
    func run(_ sql: String, _ values: [Value] = []) throws(StoreError) {
        do throws(SQLiteError) { try connection.run(sql, values) } catch { throw StoreError(error) }
    }

    func run(_ query: Query, _ values: [Value] = []) throws(StoreError) {
        do throws(SQLiteError) { try connection.run(query, values) } catch { throw StoreError(error) }
    }

    func define(_ name: String, arguments: Int32, _ body: @escaping ([Value]) -> Value?) throws(StoreError) {
        do throws(SQLiteError) { try connection.define(name, arguments: arguments, body) } catch {
            throw StoreError(error)
        }
    }

    /// A single number; 0 where there is no row.
    func number(_ sql: String) throws(StoreError) -> Int64 {
        let rows = try prepare(sql)
        return try rows.step() ? rows.integer(0) : 0
    }
}

/// The rows of a query. It stands before the first row or on a row.
struct Rows: ~Copyable {
    private let statement: Statement

    init(_ statement: consuming Statement) { self.statement = statement }

    /// Goes to the next row; false if there is none.
    func step() throws(StoreError) -> Bool {
        do throws(SQLiteError) { return try statement.step() } catch { throw StoreError(error) }
    }

    /// The first column of all remaining rows.
    consuming func texts() throws(StoreError) -> [String] {
        do throws(SQLiteError) { return try statement.texts() } catch { throw StoreError(error) }
    }

    func integer(_ column: Int32) -> Int64 { statement.integer(column) }
    func optionalInteger(_ column: Int32) -> Int64? { statement.optionalInteger(column) }
    func flag(_ column: Int32) -> Bool { statement.flag(column) }
    func optionalFlag(_ column: Int32) -> Bool? { statement.optionalFlag(column) }
    func timestamp(_ column: Int32) -> Timestamp? { statement.optionalInteger(column).map(Timestamp.init) }
    func text(_ column: Int32) -> String { statement.text(column) }
    func optionalText(_ column: Int32) -> String? { statement.optionalText(column) }
    func blob(_ column: Int32) -> [UInt8] { statement.blob(column) }
    func optionalBlob(_ column: Int32) -> [UInt8]? { statement.optionalBlob(column) }
}

extension Value {
    static func timestamp(_ time: Timestamp?) -> Value { .integer(time?.seconds) }
}
