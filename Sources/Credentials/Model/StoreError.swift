package import SQLite

/// The reason why the store gave no answer. Always an outage, never a denial of a sign-in.
package enum StoreError: Error, Equatable {
    case missing(path: String)
    case unreadable(path: String, message: String)
    /// The user or group that root would become does not exist.
    case noUser
    case notPostern(name: String)
    case newerSchema(found: Int64, known: Int64)
    case otherKey
    case locked
    case full
    case readOnly
    case corrupt(message: String)
    /// Any other error of the engine.
    case engine(SQLiteError)
    /// The database server cannot be asked.
    case unreachable(message: String)
    /// The database server takes longer than the caller wanted to wait. It may be asked again.
    case late
    /// Any other error of a database server.
    case server(ServerError)
    /// The schema on the server is older than this program needs.
    case olderSchema(found: Int64, needed: Int64)
    /// This program asks no server.
    case needsDaemon
    /// Too many writes are waiting.
    case busy
    /// The caller rolled its own transaction back.
    case abandoned
    /// The session of the owner who makes the change has ended.
    case sessionEnded
    /// A secret that was to be stored could not be made.
    case secret(SecretFailure)

    /// One sentence: what is wrong and what to do.
    package var explanation: String {
        switch self {
        case .missing(let path):
            "database \(path) is missing; run 'postern init' on a new installation, or restore your backup"
        case .noUser:
            "user '\(Privileges.user)', which root becomes before it opens the database, does not exist; run 'useradd --system --gid "
                + "\(Privileges.user) --home-dir / --shell /usr/sbin/nologin \(Privileges.user)'"
        case .unreadable(let path, let message):
            "database \(path) cannot be opened (\(message)); is this user in group postern?"
        case .notPostern(let name):
            "\(name) is not a Postern database; check the setting 'database', or run 'postern init'"
        case .newerSchema(let found, let known):
            "the database has schema \(found), this program knows \(known); install the newer Postern everywhere"
        case .otherKey:
            "the key file is not the one this database was made with; restore the right key file from your backup, or, after "
                + "'postern key rotate', restart posternd"
        case .locked: "the database stayed locked by another process; run 'postern doctor' if this persists"
        case .full: "the disk that holds the database is full"
        case .readOnly: "the database cannot be written: the disk is full or read-only, or see 'postern doctor'"
        case .corrupt(let message): "the database is damaged (\(message)); restore your backup"
        case .engine(let error): error.explanation
        case .unreachable(let message): "the database server cannot be asked: \(message)"
        case .late: "the database server has not answered yet"
        case .server(let error): "the database server answered \(error.message) (SQLSTATE \(error.state))"
        case .olderSchema(let found, let needed):
            "the database on the server has schema \(found), this program needs \(needed); run 'postern migrate'"
        case .needsDaemon: "the database is on a server, which only posternd asks; start posternd"
        case .busy: "too many writes are waiting for the database"
        case .abandoned: "the transaction was rolled back"
        case .sessionEnded: "the session has ended"
        case .secret(let failure): failure.explanation
        }
    }

    /// Whether a write-ahead log could not be made or used.
    var meansNoLog: Bool {
        switch self {
        case .full, .readOnly: true
        case .engine(let error): error.kind == .file
        default: false
        }
    }

    /// Whether a statement does not fit the tables.
    var isWrongSQL: Bool {
        if case .server(let error) = self { error.isWrongSQL } else { isOfEngine(.wrongSQL) }
    }

    /// Whether a row violates a constraint.
    var isConstraint: Bool {
        if case .server(let error) = self { error.isConstraint } else { isOfEngine(.constraint) }
    }

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
