package import SQLite

/// Why the store gave no answer. Always an outage, never a denial.
package enum StoreError: Error, Equatable {
    case missing(path: String)
    case unreadable(path: String, message: String)
    /// Root has nobody to become.
    case noUser
    case notPostern(path: String)
    case newerSchema(found: Int64, known: Int64)
    case otherKey
    case locked
    case full
    case readOnly
    case corrupt(message: String)
    /// The engine, in a way that says no more.
    case engine(SQLiteError)
    /// More is to be written than there is time for.
    case busy
    /// What the store was to keep could not be made.
    case failed(String)

    /// One sentence: what is wrong and what to do.
    package var explanation: String {
        switch self {
        case .missing(let path):
            "database \(path) is missing; run 'postern init' on a new installation, or restore your backup"
        case .noUser:
            "there is no user '\(Privileges.user)' for root to become before it opens the database; run 'useradd --system --gid "
                + "\(Privileges.user) --home-dir / --shell /usr/sbin/nologin \(Privileges.user)'"
        case .unreadable(let path, let message):
            "database \(path) cannot be opened (\(message)); is this user in group postern?"
        case .notPostern(let path):
            "\(path) is not a Postern database; check the setting 'database', or run 'postern init'"
        case .newerSchema(let found, let known):
            "the database has schema \(found), this program knows \(known); install the newer Postern everywhere"
        case .otherKey:
            "the key file is not the one this database was made with; restore the right key file from your backup, or, after "
                + "'postern key rotate', restart posternd"
        case .locked: "the database stayed locked by another process; run 'postern doctor' if this goes on"
        case .full: "the disk that holds the database is full"
        case .readOnly: "the database cannot be written: the disk is full or read-only, or see 'postern doctor'"
        case .corrupt(let message): "the database is damaged (\(message)); restore your backup"
        case .engine(let error): error.explanation
        case .busy: "too many writes wait for the database"
        case .failed(let message): message
        }
    }

    /// A write-ahead log could not be made or used.
    var meansNoLog: Bool {
        switch self {
        case .full, .readOnly: true
        case .engine(let error): error.kind == .file
        default: false
        }
    }

    /// A statement that does not fit the tables.
    var isWrongSQL: Bool { isOfEngine(.wrongSQL) }

    /// A row that contradicts another one.
    var isConstraint: Bool { isOfEngine(.constraint) }

    private func isOfEngine(_ kind: SQLiteError.Kind) -> Bool {
        if case .engine(let error) = self { error.kind == kind } else { false }
    }

    init(_ error: SQLiteError) {
        switch error.kind {
        case .locked: self = .locked
        case .full: self = .full
        case .readOnly: self = .readOnly
        case .corrupt: self = .corrupt(message: error.message)
        case .file, .wrongSQL, .constraint, .other: self = .engine(error)
        }
    }
}
