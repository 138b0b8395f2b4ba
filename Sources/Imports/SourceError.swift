package import Credentials
package import SQLite

/// Why an import failed. Nothing was imported then.
package enum SourceError: Error, Equatable {
    /// The source has an error in this line, counted from 1.
    case malformed(line: Int, String)
    /// The source as a whole cannot be imported.
    case unusable(String)
    /// Postern's store failed.
    case store(StoreError)
    /// The temporary database with the rows of the source failed.
    case scratch(SQLiteError)

    /// One sentence without a full stop: what is wrong and what to do.
    package var explanation: String {
        switch self {
        case .malformed(let line, let text): "line \(line): \(text)"
        case .unusable(let text): text
        case .store(let error): error.explanation
        case .scratch(let error):
            "the rows of the source could not be stored in a temporary file: \(error.explanation); make room in "
                + "SQLITE_TMPDIR or /var/tmp"
        }
    }
}

/// Runs `body` on the store.
///
/// - Throws: `SourceError.store` with the error of `body`.
package func storing<R>(_ body: () throws(StoreError) -> R) throws(SourceError) -> R {
    do throws(StoreError) { return try body() } catch { throw .store(error) }
}
