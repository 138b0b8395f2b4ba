import CSQLite

/// The index of a connection's write-ahead log, as SQLite has mapped it. Valid as long as the connection is open.
@safe package struct LogIndex {
    private let address: UnsafeRawPointer

    init(_ address: UnsafeRawPointer) { unsafe self.address = address }

    /// Nil while a commit is in progress, and for another version of the format.
    package var header: LogHeader? {
        var header = LogHeader()
        let isValid = unsafe withUnsafeMutableBytes(of: &header) { unsafe postern_log_header(address, $0.baseAddress) }
        return isValid != 0 ? header : nil
    }
}

/// The header by which SQLite decides whether its page cache is still valid (sqlite.org/walformat.html): as long as it
/// is the same, a connection would read what it read before.
package struct LogHeader: Equatable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

    package static func == (left: LogHeader, right: LogHeader) -> Bool { left.words == right.words }
}
