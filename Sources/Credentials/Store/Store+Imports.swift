/// What is remembered of an import.
package struct ImportMark: Sendable, Equatable {
    /// What the items of a domain begin with; all others are an account's.
    package static let domainItems = "domain "

    /// Id of the app password that it became; nil for anything else.
    package let credential: String?
    /// How it was there.
    package let digest: [UInt8]

    package init(credential: String? = nil, digest: [UInt8]) {
        self.credential = credential
        self.digest = digest
    }
}

extension Store {
    /// What of an account, or a domain, came from a source, by item; the account itself is ``.
    package func importMarks(source: String, of subject: String) throws(StoreError) -> [String: ImportMark] {
        let rows = try connection.prepare(Self.marksOfSubject, [.text(source), .text(subject)])
        var marks: [String: ImportMark] = [:]
        while try rows.step() {
            marks[rows.text(0)] = ImportMark(credential: rows.optionalText(1), digest: rows.blob(2))
        }
        return marks
    }

    private static let marksOfSubject = Query(
        "SELECT item, credential, digest FROM imported WHERE source = ? AND account = ?")

    /// - Parameter mark: Nil to forget it.
    package func setImportMark(_ mark: ImportMark?, source: String, of subject: String, item: String)
        throws(StoreError)
    {
        try write(durable: true) { () throws(StoreError) in
            let key = [Value.text(source), .text(subject), .text(item)]
            guard let mark else { return try connection.run(Self.forgetMark, key) }
            try connection.run(Self.setMark, key + [.text(mark.credential), .blob(mark.digest)])
        }
    }

    private static let setMark = Query(
        "INSERT OR REPLACE INTO imported (source, account, item, credential, digest) VALUES (?, ?, ?, ?, ?)")
    private static let forgetMark = Query("DELETE FROM imported WHERE source = ? AND account = ? AND item = ?")

    /// The accounts that came from a source, by name.
    package func importedAccounts(source: String) throws(StoreError) -> [(name: AccountName, mark: ImportMark)] {
        let rows = try connection.prepare(
            "SELECT account, digest FROM imported WHERE source = ? AND item = '' ORDER BY account", [.text(source)])
        var found: [(name: AccountName, mark: ImportMark)] = []
        while try rows.step() {
            found.append((AccountName(stored: rows.text(0)), ImportMark(digest: rows.blob(1))))
        }
        return found
    }

    /// What another system changed in an app password that came from it.
    ///
    /// - Parameter hash: How its secret is kept from now on; nil if that did not change.
    package func changeImported(
        _ id: String, to new: NewAppPassword, hash: (text: String, tag: Int64?)?, account: AccountName, change: Change
    ) throws(StoreError) -> Bool {
        try changing(account, renewsLooks: hash != nil, change) { () throws(StoreError) in
            try connection.run(
                "UPDATE app_password SET name = ?, scope = ?, networks = ? WHERE account = ? AND id = ?",
                [
                    .text(new.name), .integer(new.scope.rawValue),
                    .text(new.networks.map(\.description).joined(separator: " ")), .text(account.text), .text(id),
                ])
            guard let hash else { return }
            try connection.run(
                "UPDATE app_password SET hash = ?, tag = ? WHERE account = ? AND id = ?",
                [.text(hash.text), .integer(hash.tag), .text(account.text), .text(id)])
        }
    }

    /// Makes one that was revoked and never used here no candidate any more: it is then refused as a wrong secret instead of
    /// by its name.
    ///
    /// - Returns: False if there is none.
    package func forgetRevokedUntagged(account: AccountName) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            try connection.run(Self.forgetRevoked, [.text(account.text), .integer(Self.tagOfNone)])
            return connection.changes == 1
        }
    }

    private static let forgetRevoked = Query(
        """
        UPDATE app_password SET tag = ?2 WHERE verifier IN
            (SELECT verifier FROM app_password WHERE account = ?1 AND kind = 'imported' AND tag IS NULL
                AND hash IS NOT NULL AND revoked IS NOT NULL ORDER BY revoked, id LIMIT 1)
        """)

    /// Imported app passwords of an account that each wrong attempt tries.
    package func countUntagged(account: AccountName) throws(StoreError) -> Int {
        let row = try connection.prepare(Self.untaggedOfAccount, [.text(account.text)])
        return try row.step() ? Int(row.integer(0)) : 0
    }

    private static let untaggedOfAccount = Query(
        "SELECT count(*) FROM app_password WHERE account = ? AND kind = 'imported' AND tag IS NULL AND hash IS NOT NULL"
    )

    /// Whether each wrong attempt tries this one.
    package func isUntagged(_ id: String, account: AccountName) throws(StoreError) -> Bool {
        try connection.prepare(Self.untagged, [.text(account.text), .text(id)]).step()
    }

    private static let untagged = Query(
        "SELECT 1 FROM app_password WHERE account = ? AND id = ? AND tag IS NULL AND hash IS NOT NULL")

    /// Adds a sign-in that another system has a record of; one that is known already stays as it is.
    package func addUse(
        account: AccountName, credential: String, service: Service, network: Network, at moment: Timestamp
    ) throws(StoreError) {
        try write(durable: true) { () throws(StoreError) in
            try connection.run(
                Self.addSignIn,
                [
                    .text(account.text), .blob(network.bytes), .text(credential), .text(service.rawValue),
                    .moment(moment),
                ])
        }
    }

    private static let addSignIn = Query(
        """
        INSERT INTO sign_in (account, network, credential, service, first, last) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
        ON CONFLICT DO UPDATE SET last = excluded.last WHERE excluded.last > last
        """)
}
