import CPostgres
import Credentials

/// An answer of the server: its rows, in binary form.
@safe final class PostgresRows: ServerRows {
    private let result: OpaquePointer
    private var row: Int32 = -1
    private let count: Int32

    /// Takes over the result.
    init(_ result: OpaquePointer) {
        unsafe self.result = result
        count = unsafe PQntuples(result)
    }

    deinit { unsafe PQclear(result) }

    // MARK: The answer as a whole

    /// Whether the statement succeeded.
    var isSuccess: Bool {
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: true
        default: false
        }
    }

    /// What was done, such as COMMIT.
    var command: String { unsafe String(cString: PQcmdStatus(result)) }

    /// Rows that the statement touched.
    var touched: Int { unsafe Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// A field of an error, by its code (postgresql.org/docs/current/protocol-error-fields.html); empty: none.
    func errorField(_ code: Unicode.Scalar) -> String {
        guard let text = unsafe PQresultErrorField(result, Int32(code.value)) else { return "" }
        return unsafe oneLine(String(cString: text))
    }

    // MARK: Its rows

    func step() -> Bool {
        row += 1
        return row < count
    }

    func isNull(_ column: Int32) -> Bool { unsafe PQgetisnull(result, row, column) == 1 }

    func integer(_ column: Int32) -> Int64 {
        unsafe withBytes(column) { value in
            guard let first = unsafe value.first else { return 0 }
            // All but a boolean are signed.
            let start: Int64 = value.count > 1 && first & 0x80 != 0 ? -1 : 0
            return unsafe value.reduce(start) { $0 << 8 | Int64($1) }
        }
    }

    func text(_ column: Int32) -> String { unsafe withBytes(column) { unsafe String(decoding: $0, as: UTF8.self) } }

    func blob(_ column: Int32) -> [UInt8] { unsafe withBytes(column) { unsafe Array($0) } }

    private func withBytes<R>(_ column: Int32, _ read: (UnsafeRawBufferPointer) -> R) -> R {
        let count = Int(unsafe PQgetlength(result, row, column))
        return unsafe read(UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: count))
    }
}
