import Bytes
import SQL

extension Store {
    /// The import marks of an account, or a domain, from one source, by item; the item of the account itself is "".
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func importMarks(source: String, of subject: String) throws(StoreError) -> [String: ImportMark] {
        let rows = try database.prepare(Self.marksOfSubject, [.text(source), .text(subject)])
        var marks: [String: ImportMark] = [:]
        while try rows.step() {
            marks[rows.text(0)] = ImportMark(
                credential: rows.optionalText(1), digest: rows.blob(2), generation: rows.optionalInteger(3),
                isIncomplete: rows.flag(4))
        }
        return marks
    }

    private static let marksOfSubject = Query(
        "SELECT item, credential, digest, generation, is_incomplete FROM imported WHERE source = ? AND account = ?")

    /// Replaces all import marks of an account, or a domain, from one source.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setImportMarks(_ marks: [String: ImportMark], source: String, of subject: String)
        throws(StoreError)
    {
        try write(durable: true) { () throws(StoreError) in
            try database.run(Self.forgetMarks, [.text(source), .text(subject)])
            for (item, mark) in marks {
                try database.run(
                    Self.setMark,
                    [
                        .text(source), .text(subject), .text(item), .text(mark.credential), .blob(mark.digest),
                        .integer(mark.generation), .flag(mark.isIncomplete),
                    ])
            }
        }
    }

    private static let forgetMarks = Query("DELETE FROM imported WHERE source = ? AND account = ?")
    private static let setMark = Query(
        """
        INSERT INTO imported (source, account, item, credential, digest, generation, is_incomplete)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """)

    /// An account's own generation, without its domain's; nil if there is no such account.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func ownGeneration(of account: AccountName) throws(StoreError) -> Int64? {
        let row = try database.prepare(Self.generationOfAccount, [.text(account.text)])
        return try row.step() ? row.integer(0) : nil
    }

    private static let generationOfAccount = Query("SELECT generation FROM account WHERE name = ?")

    /// The accounts that were imported from a source, sorted by name.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func importedAccounts(source: String) throws(StoreError) -> [AccountName] {
        try database.prepare(
            "SELECT account FROM imported WHERE source = ? AND item = '' ORDER BY account", [.text(source)]
        ).texts().map { AccountName(stored: $0) }
    }

    /// The number of an account's imported app passwords without a tag, all of which each wrong attempt tries.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func countUntagged(account: AccountName) throws(StoreError) -> Int {
        let row = try database.prepare(Self.untaggedOfAccount, [.text(account.text)])
        return try row.step() ? Int(row.integer(0)) : 0
    }

    private static let untaggedOfAccount = Query(
        "SELECT count(*) FROM app_password WHERE account = ? AND kind = 'imported' AND tag IS NULL AND hash IS NOT NULL"
    )

    /// Adds a sign-in that another system has recorded. If the same one is known, only its last use moves, to a later
    /// time.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func addUse(
        account: AccountName, credential: String, service: Service, network: Network, at time: Timestamp
    ) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try database.run(
                Self.addSignIn,
                [
                    .text(account.text), .blob(network.bytes), .text(credential), .text(service.rawValue),
                    .timestamp(time),
                ])
        }
    }

    private static let addSignIn = Query(
        """
        INSERT INTO sign_in (account, network, credential, service, first, last) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
        ON CONFLICT (account, network, credential, service) DO UPDATE SET last = excluded.last
            WHERE excluded.last > sign_in.last
        """)
}

extension StoreRecord.AppPasswordRecord {
    /// Makes an app password of another system, with a new id and a random key.
    ///
    /// - Throws: `StoreError` when the kernel has no random bytes.
    package init(imported new: NewAppPassword, hash: String, tag: Int64?, at now: Timestamp) throws(StoreError) {
        let (id, row) = try Store.newRow(.imported(hash: hash, tag: tag))
        self.init(
            id: id, kind: row.kind.rawValue, verifier: hex(row.key), hash: hash, tag: tag, name: new.name,
            services: StoreRecord.names(new.scope), networks: new.networks.map(\.description),
            created: new.created ?? now, expires: new.expires)
    }
}
