import CSQLite

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
    case failed(code: Int32, message: String)

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
        case .failed(let code, let message): "the database answered \(message) (SQLite code \(code))"
        }
    }

    /// A write-ahead log could not be made or used.
    var meansNoLog: Bool {
        switch self {
        case .full, .readOnly: true
        case .failed(let code, _): code & 0xff == SQLITE_CANTOPEN || code & 0xff == SQLITE_IOERR
        default: false
        }
    }

    /// A statement that does not fit the tables.
    var isWrongSQL: Bool {
        if case .failed(SQLITE_ERROR, _) = self { true } else { false }
    }

    /// A row that contradicts another one.
    var isConstraint: Bool {
        if case .failed(let code, _) = self { code & 0xff == SQLITE_CONSTRAINT } else { false }
    }

    /// Sorts an SQLite result code.
    init(code: Int32, message: String) {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: self = .locked
        case SQLITE_FULL: self = .full
        case SQLITE_READONLY: self = .readOnly
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt(message: message)
        default: self = .failed(code: code, message: message)
        }
    }
}
