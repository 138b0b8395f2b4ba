/// The last use of a credential.
package struct LastUse: Sendable {
    package let at: Timestamp
    package let service: String
    package let network: Network
}

extension Store {
    /// What stands for the main password where app passwords stand by their id. No id has four symbols.
    package static let mainCredential = "main"

    /// Seconds. A use within a minute of the last recorded one is not worth a write.
    private static let markGranularity: Int64 = 60

    /// Whether this way in was last recorded so long ago that it should be again.
    package func needsMark(
        account: AccountName, credential: String, service: Service, network: Network, now: Timestamp
    ) throws(StoreError) -> Bool {
        let row = try connection.prepare(
            "SELECT last FROM sign_in WHERE account = ? AND network = ? AND credential = ? AND service = ?",
            [.text(account.text), .blob(network.bytes), .text(credential), .text(service.rawValue)])
        guard try row.step() else { return true }
        let last = Timestamp(row.integer(0))
        return now < last || last.adding(seconds: Self.markGranularity) <= now
    }

    /// Records a granted sign-in. An account removed meanwhile leaves no trace.
    package func mark(
        account: AccountName, credential: String, service: Service, network: Network, now: Timestamp
    ) throws(StoreError) {
        try write(durable: false) { () throws(StoreError) in
            try connection.run(
                """
                INSERT INTO sign_in (account, network, credential, service, first, last)
                SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE EXISTS (SELECT 1 FROM account WHERE name = ?1)
                ON CONFLICT DO UPDATE SET last = excluded.last
                """,
                [
                    .text(account.text), .blob(network.bytes), .text(credential), .text(service.rawValue), .moment(now),
                ])
        }
    }

    /// When, for what and from where each credential of the account was last used.
    package func lastUses(account: AccountName) throws(StoreError) -> [String: LastUse] {
        let rows = try connection.prepare(
            "SELECT credential, last, service, network FROM sign_in WHERE account = ? ORDER BY last",
            [.text(account.text)])
        var uses: [String: LastUse] = [:]
        while try rows.step() {
            uses[rows.text(0)] = LastUse(
                at: Timestamp(rows.integer(1)), service: rows.text(2), network: Network(bytes: rows.blob(3)))
        }
        return uses
    }

    /// Replaces an older hash of the main password, unless the password was changed meanwhile. Not a change of
    /// credentials: the same secret stays right, and the generation with it.
    package func upgradeMainHash(account: AccountName, from old: String, to new: String) throws(StoreError) {
        try write(durable: false) { () throws(StoreError) in
            try connection.run(
                "UPDATE account SET main_hash = ? WHERE name = ? AND main_hash = ?",
                [.text(new), .text(account.text), .text(old)])
        }
    }

    /// The same for an imported app password, which also learns its tag.
    package func upgradeAppPassword(_ appPassword: AppPassword, from old: String, to new: String, tag: Int64)
        throws(StoreError)
    {
        try write(durable: false) { () throws(StoreError) in
            try connection.run(
                "UPDATE app_password SET hash = ?, tag = ? WHERE account = ? AND id = ? AND hash = ?",
                [.text(new), .integer(tag), .text(appPassword.account.text), .text(appPassword.id), .text(old)])
        }
    }
}
