import CSQLite

/// A parameter of a statement, or an argument of a function.
package enum Value {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    /// Reads an argument of a function: text, and anything else that is no integer, as bytes.
    init(_ argument: OpaquePointer?) {
        switch unsafe sqlite3_value_type(argument) {
        case SQLITE_NULL: self = .null
        case SQLITE_INTEGER: self = unsafe .integer(sqlite3_value_int64(argument))
        default:
            guard let bytes = unsafe sqlite3_value_blob(argument) else { self = .blob([]); return }
            self = unsafe .blob(
                Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_value_bytes(argument)))))
        }
    }

    /// NULL for nil.
    package static func integer(_ number: Int64?) -> Value { number.map { .integer($0) } ?? .null }
    /// NULL for nil.
    package static func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
    /// 1 or 0.
    package static func flag(_ flag: Bool) -> Value { .integer(flag ? 1 : 0) }
    /// 1 or 0; NULL for nil.
    package static func flag(_ flag: Bool?) -> Value { .integer(flag.map { $0 ? 1 : 0 }) }
}
