package import Credentials
package import SQLite

/// Why a source cannot be read. Nothing was imported then.
package enum SourceError: Error, Equatable {
    /// - Parameter line: Where, from 1.
    case malformed(line: Int, String)
    /// The source as a whole.
    case unusable(String)
    /// Postern's own store.
    case store(StoreError)
    /// The database that keeps the source's rows for the length of an import.
    case scratch(SQLiteError)

    /// One sentence: what is wrong and what to do.
    package var explanation: String {
        switch self {
        case .malformed(let line, let text): "line \(line): \(text)"
        case .unusable(let text): text
        case .store(let error): error.explanation
        case .scratch(let error):
            "the source's rows could not be kept in a temporary file for the import: \(error.explanation); is there room in "
                + "SQLITE_TMPDIR, or /var/tmp?"
        }
    }
}

/// Runs what may fail for the store's sake.
package func storing<R>(_ body: () throws(StoreError) -> R) throws(SourceError) -> R {
    do throws(StoreError) { return try body() } catch { throw .store(error) }
}
