import CSQLite
import SQL

/// A compiled statement, positioned before its first row or on one.
@safe package struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let isCached: Bool

    init(_ handle: OpaquePointer, isCached: Bool) {
        unsafe self.handle = handle
        self.isCached = isCached
    }

    deinit {
        // Both return the error of the last step again.
        _ = isCached ? unsafe sqlite3_reset(handle) : unsafe sqlite3_finalize(handle)
    }

    func bind(_ values: [Value]) throws(SQLiteError) {
        for (index, value) in values.enumerated() {
            let position = Int32(index + 1)
            let code =
                switch value {
                case .integer(nil), .text(nil), .blob(nil): unsafe sqlite3_bind_null(handle, position)
                case .integer(let number?): unsafe sqlite3_bind_int64(handle, position, number)
                case .text(var text?):
                    // Passing the String itself would copy it twice.
                    text.withUTF8 { text in
                        unsafe text.withMemoryRebound(to: CChar.self) { text in
                            unsafe postern_bind_text(handle, position, text.baseAddress, Int32(text.count))
                        }
                    }
                case .blob(let bytes?): unsafe postern_bind_blob(handle, position, bytes, Int32(bytes.count))
                }
            guard code == SQLITE_OK else { throw failure(code) }
        }
    }

    /// Moves to the next row; false if there is none.
    ///
    /// - Throws: `SQLiteError` when the statement fails.
    package func step() throws(SQLiteError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(code)
        }
    }

    /// The first column of all remaining rows.
    ///
    /// - Throws: `SQLiteError` when the statement fails.
    package consuming func texts() throws(SQLiteError) -> [String] {
        var found: [String] = []
        while try step() { found.append(text(0)) }
        return found
    }

    /// The column as a number; 0 for NULL.
    package func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    /// The column as a number; nil for NULL.
    package func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    /// Whether the column is a number other than 0; false for NULL.
    package func flag(_ column: Int32) -> Bool { integer(column) != 0 }

    /// The column as text; empty for NULL.
    package func text(_ column: Int32) -> String {
        unsafe withBlob(column) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The column as text; nil for NULL.
    package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// The column's bytes; none for NULL.
    package func blob(_ column: Int32) -> [UInt8] { unsafe withBlob(column) { unsafe Array($0) } }

    private func withBlob<R>(_ column: Int32, _ read: (UnsafeRawBufferPointer) -> R) -> R {
        // sqlite3_column_blob first, then the count (sqlite.org/c3ref/column_blob.html).
        let bytes = unsafe sqlite3_column_blob(handle, column)
        let count = unsafe bytes == nil ? 0 : Int(sqlite3_column_bytes(handle, column))
        return unsafe read(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// Whether the column is NULL.
    package func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

    private func failure(_ code: Int32) -> SQLiteError {
        unsafe SQLiteError(code: code, message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
    }
}
