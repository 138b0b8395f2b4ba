import SQLite

/// What tells whether answers that were given still hold.
extension Store {
    /// What a read would see now; nil where nothing but reading tells: a commit is under way, or there is no write-ahead log.
    var snapshot: LogHeader? {
        if logIndex == nil {
            let mode = try? database.prepare("PRAGMA journal_mode").texts().first
            logIndex = .some(!isImmutable && mode == "wal" ? database.logIndex : nil)
        }
        return logIndex??.header
    }

    /// Another one after each change that an answer can be made from. Triggers renew it (`Schema`), whoever makes the change;
    /// without them the schema is another one.
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

    /// Triggers that renew the version and are not there.
    package func missingTriggers() throws(StoreError) -> [String] {
        let rows = try database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        let found = Set(try rows.texts())
        return Schema.credentialsTriggers.filter { !found.contains($0) }
    }
}

/// Numbers the versions that a store goes through.
package struct VersionWatch {
    private var last: (snapshot: LogHeader, version: Store.CredentialsVersion, opening: Int)?
    private var number = 0

    package init() {}

    /// Another number after each change that an answer can be made from; nil where nothing but reading tells.
    ///
    /// - Parameter opening: Another number for each store that was opened.
    package mutating func version(of store: Store, opening: Int) -> Int? {
        guard let now = store.snapshot else { return nil }
        if let last, last.opening == opening, last.snapshot == now { return number }
        // Read between two looks at the same snapshot, it is the version of that very state.
        guard let version = try? store.credentialsVersion(), store.snapshot == now else { return nil }
        if last.map({ $0.opening != opening || $0.version != version }) ?? true { number += 1 }
        last = (now, version, opening)
        return number
    }

    /// Whether nothing was committed since the last look.
    package func holds(for store: Store, opening: Int) -> Bool {
        last.map { $0.opening == opening && $0.snapshot == store.snapshot } ?? false
    }
}
