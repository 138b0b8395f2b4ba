import SQL
import SQLite

/// Tells whether earlier answers still hold.
extension Store {
    /// The state that a read would see now; nil if only reading can tell, because a commit is in flight or there is no
    /// write-ahead log.
    var snapshot: LogHeader? {
        if logIndex == nil {
            let mode = database.isServer ? nil : try? database.prepare("PRAGMA journal_mode").texts().first
            logIndex = .some(!isImmutable && mode == "wal" ? database.logIndex : nil)
        }
        return logIndex??.header
    }

    /// The version of the data that answers are made from. Triggers (`Schema`) renew `value` at each change, whoever
    /// makes it; if they are dropped, `schema` changes.
    struct CredentialsVersion: Equatable, Sendable {
        let value: [UInt8]
        let schema: Int64
    }

    func credentialsVersion() throws(StoreError) -> CredentialsVersion {
        try read { () throws(StoreError) in
            let row = try database.prepare(Self.credentials)
            guard try row.step() else { throw .corrupt(message: "the version of the credentials is missing") }
            return CredentialsVersion(
                value: row.blob(0), schema: try database.number("PRAGMA schema_version"))
        }
    }

    private static let credentials = Query("SELECT value FROM setting WHERE name = 'credentials'")

    /// The triggers that should renew the version but are missing.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func missingTriggers() throws(StoreError) -> [String] {
        guard !database.isServer else { return [] }
        let rows = try database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        let found = Set(try rows.texts())
        return Schema.credentialsTriggers.filter { !found.contains($0) }
    }
}

/// Numbers the versions that a store goes through.
package struct VersionWatch {
    private var last: (snapshot: LogHeader, version: Store.CredentialsVersion, opening: Int)?
    private var number = 0

    /// Makes a watch that has seen no version yet.
    package init() {}

    /// A number that changes after each change that can affect an answer; nil if only reading can tell.
    ///
    /// - Parameter opening: A different number for each store that is opened.
    package mutating func version(of store: Store, opening: Int) -> Int? {
        guard let now = store.snapshot else { return nil }
        if let last, last.opening == opening, last.snapshot == now { return number }
        // A version that is read between two looks at the same snapshot is the version of exactly that state.
        guard let version = try? store.credentialsVersion(), store.snapshot == now else { return nil }
        if last.map({ $0.opening != opening || $0.version != version }) ?? true { number += 1 }
        last = (now, version, opening)
        return number
    }

    /// Whether nothing was committed since the last call of `version`.
    package func holds(for store: Store, opening: Int) -> Bool {
        last.map { $0.opening == opening && $0.snapshot == store.snapshot } ?? false
    }
}
