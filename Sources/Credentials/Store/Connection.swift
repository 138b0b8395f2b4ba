import Bytes
import CSQLite
import Synchronization

/// One connection to an SQLite database: libsqlite3, made safe, and nothing more.
@safe package struct Connection: ~Copyable {
    package enum Access {
        case existing
        case create
        /// Nothing is written to it.
        case reading
        /// No lock and no write-ahead log: only for a file that nothing can change while it is open.
        case immutable
    }

    private let handle: OpaquePointer
    private let kept = KeptStatements()

    /// - Parameter busyTimeout: Milliseconds to wait for other processes. In force before the first statement, since
    ///   even the first read can meet another process that recovers the write-ahead log.
    package init(path: String, access: Access, busyTimeout: Int32) throws(StoreError) {
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
        guard let opened = unsafe opened else { throw .failed(code: code, message: "out of memory") }
        guard code == SQLITE_OK else {
            let error = unsafe StoreError(code: code, message: String(cString: sqlite3_errmsg(opened)))
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

    /// Milliseconds to wait for other processes, from now on.
    func setBusyTimeout(_ milliseconds: Int32) { unsafe sqlite3_busy_timeout(handle, milliseconds) }

    /// Closing writes nothing from then on; the next connection finds the write-ahead log as it is.
    func leaveLogOnClose() { unsafe postern_leave_log_on_close(handle) }

    /// For a connection in WAL mode that has read.
    var logIndex: LogIndex? { unsafe postern_log_index(handle).map { unsafe LogIndex($0) } }

    /// Rows that the last INSERT, UPDATE or DELETE touched.
    package var changes: Int { unsafe Int(sqlite3_changes(handle)) }

    /// Runs one or more statements without parameters.
    package func execute(_ sql: String) throws(StoreError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Compiles one statement and binds its parameters in order.
    package func prepare(_ sql: String, _ values: [Value] = []) throws(StoreError) -> Statement {
        let statement = unsafe Statement(try compile(sql, flags: 0), isKept: false)
        try statement.bind(values)
        return statement
    }

    /// The same for a statement that is compiled once and kept.
    package func prepare(_ query: Query, _ values: [Value] = []) throws(StoreError) -> Statement {
        let compiled: OpaquePointer
        if let found = unsafe kept[query] {
            // One that is being read further up the stack cannot start over.
            guard unsafe sqlite3_stmt_busy(found) == 0 else { return try prepare(query.sql, values) }
            unsafe compiled = found
        } else {
            unsafe compiled = try compile(query.sql, flags: UInt32(SQLITE_PREPARE_PERSISTENT))
            unsafe kept[query] = compiled
        }
        let statement = unsafe Statement(compiled, isKept: true)
        try statement.bind(values)
        return statement
    }

    private func compile(_ sql: String, flags: UInt32) throws(StoreError) -> OpaquePointer {
        var compiled: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(handle, sql, -1, flags, &compiled, nil)
        guard code == SQLITE_OK, let compiled = unsafe compiled else { throw failure(code) }
        return unsafe compiled
    }

    /// Runs one statement to its end; rows are dropped.
    package func run(_ sql: String, _ values: [Value] = []) throws(StoreError) {
        let statement = try prepare(sql, values)
        while try statement.step() {}
    }

    /// The same for a statement that is compiled once and kept.
    package func run(_ query: Query, _ values: [Value] = []) throws(StoreError) {
        let statement = try prepare(query, values)
        while try statement.step() {}
    }

    /// Makes a function that statements of this connection can call.
    ///
    /// - Parameter body: Gets the arguments, texts as BLOBs; gives back an integer or a BLOB, or nil to fail the statement.
    func define(_ name: String, arguments: Int32, _ body: @escaping ([Value]) -> Value?) throws(StoreError) {
        final class Body {
            let run: ([Value]) -> Value?
            init(_ run: @escaping ([Value]) -> Value?) { self.run = run }
        }
        let code = unsafe sqlite3_create_function_v2(
            handle, name, arguments, SQLITE_UTF8, Unmanaged.passRetained(Body(body)).toOpaque(),
            { context, count, values in
                let body = unsafe Unmanaged<Body>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
                let arguments = (0..<Int(count)).map { unsafe Value(values?[$0]) }
                switch body.run(arguments) {
                case .integer(let number): unsafe sqlite3_result_int64(context, number)
                case .blob(let bytes): unsafe postern_result_blob(context, bytes, Int32(bytes.count))
                case .text, .null, nil: unsafe sqlite3_result_error(context, "a value of another key file", -1)
                }
            }, nil, nil, { if let body = unsafe $0 { unsafe Unmanaged<Body>.fromOpaque(body).release() } })
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func failure(_ code: Int32) -> StoreError {
        unsafe StoreError(code: code, message: String(cString: sqlite3_errmsg(handle)))
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

/// A statement that each connection compiles once: one constant for each.
package final class Query: Sendable {
    let sql: String
    /// Its place among those of this process.
    fileprivate let number: Int

    private static let count = Atomic(0)

    package init(_ sql: String) {
        self.sql = sql
        number = Self.count.wrappingAdd(1, ordering: .relaxed).oldValue
    }
}

/// The compiled statements of a connection, by the query they come from.
@safe private final class KeptStatements {
    private var handles: [OpaquePointer?] = unsafe []

    subscript(query: Query) -> OpaquePointer? {
        get { unsafe query.number < handles.count ? handles[query.number] : nil }
        set {
            while unsafe handles.count <= query.number { unsafe handles.append(nil) }
            unsafe handles[query.number] = newValue
        }
    }

    func finalize() {
        for index in 0..<(unsafe handles.count) { unsafe _ = sqlite3_finalize(handles[index]) }
        unsafe handles = []
    }
}

/// A parameter of a statement.
package enum Value {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    /// An argument of a function; text as the bytes that it has.
    fileprivate init(_ argument: OpaquePointer?) {
        switch unsafe sqlite3_value_type(argument) {
        case SQLITE_NULL: self = .null
        case SQLITE_INTEGER: self = unsafe .integer(sqlite3_value_int64(argument))
        default:
            guard let bytes = unsafe sqlite3_value_blob(argument) else { self = .blob([]); return }
            self = unsafe .blob(
                Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_value_bytes(argument)))))
        }
    }

    package static func integer(_ number: Int64?) -> Value { number.map { .integer($0) } ?? .null }
    package static func moment(_ moment: Timestamp?) -> Value { .integer(moment?.seconds) }
    package static func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
    package static func flag(_ flag: Bool) -> Value { .integer(flag ? 1 : 0) }
    package static func flag(_ flag: Bool?) -> Value { .integer(flag.map { $0 ? 1 : 0 }) }
}

/// A compiled statement, positioned before its first row or on one.
@safe package struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let isKept: Bool

    fileprivate init(_ handle: OpaquePointer, isKept: Bool) {
        unsafe self.handle = handle
        self.isKept = isKept
    }

    deinit {
        // Both give back what the last step answered already.
        _ = isKept ? unsafe sqlite3_reset(handle) : unsafe sqlite3_finalize(handle)
    }

    fileprivate func bind(_ values: [Value]) throws(StoreError) {
        for (index, value) in values.enumerated() {
            let position = Int32(index + 1)
            let code =
                switch value {
                case .null: unsafe sqlite3_bind_null(handle, position)
                case .integer(let number): unsafe sqlite3_bind_int64(handle, position, number)
                case .text(var text):
                    // Handed over as it is, a String would be copied twice.
                    text.withUTF8 { text in
                        unsafe text.withMemoryRebound(to: CChar.self) { text in
                            unsafe postern_bind_text(handle, position, text.baseAddress, Int32(text.count))
                        }
                    }
                case .blob(let bytes): unsafe postern_bind_blob(handle, position, bytes, Int32(bytes.count))
                }
            guard code == SQLITE_OK else { throw failure(code) }
        }
    }

    /// Whether there is a (further) row.
    package func step() throws(StoreError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(code)
        }
    }

    /// The first column of all rows that are left.
    package consuming func texts() throws(StoreError) -> [String] {
        var found: [String] = []
        while try step() { found.append(text(0)) }
        return found
    }

    package func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    package func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    package func flag(_ column: Int32) -> Bool { integer(column) != 0 }

    package func optionalFlag(_ column: Int32) -> Bool? { isNull(column) ? nil : flag(column) }

    package func moment(_ column: Int32) -> Timestamp? { optionalInteger(column).map(Timestamp.init) }

    package func text(_ column: Int32) -> String { String(decoding: blob(column), as: UTF8.self) }

    package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    package func blob(_ column: Int32) -> [UInt8] {
        // sqlite3_column_blob first, then the count (sqlite.org/c3ref/column_blob.html).
        guard let bytes = unsafe sqlite3_column_blob(handle, column) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    package func optionalBlob(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : blob(column) }

    private func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

    private func failure(_ code: Int32) -> StoreError {
        unsafe StoreError(code: code, message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
    }
}
