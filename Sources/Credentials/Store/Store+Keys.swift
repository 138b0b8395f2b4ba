import Bytes
import SQL

/// The keys of the key file that the database is under, and the change to a new one.
extension Store {
    /// Carries everything in the database to the newest key of the key file, in one transaction.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written, or a sealed seed does not open with its key.
    package func carryToNewestKey(_ change: Change) throws(StoreError) {
        guard !isUnderNewestKey, let carrier = KeyCarrier(from: keys, to: offered) else { return }
        try write(durable: true) { () throws(StoreError) in
            for column in Self.carried { try carry(column, carrier) }
            try database.run(
                "UPDATE setting SET value = ? WHERE name = 'key_check'", [.blob(offered.checkValue)])
            try record(change)
        }
        keys = offered
    }

    /// A column whose content depends on the key. Its rows are read account by account, each completely before it is
    /// written: the column may be part of the primary key.
    private struct Carried {
        enum Kind { case mac, tag, seed }
        let kind: Kind
        let accounts, rows, update: Query

        /// - Parameters:
        ///   - key: The column that tells the account's rows apart, if it is another one.
        ///   - condition: SQL that selects the rows.
        init(_ kind: Kind, _ table: String, _ column: String, key: String? = nil, where condition: String? = nil) {
            self.kind = kind
            let condition = condition.map { " AND \($0)" } ?? ""
            accounts = Query("SELECT DISTINCT account FROM \(table)")
            rows = Query("SELECT \(column), \(key ?? column) FROM \(table) WHERE account = ?\(condition)")
            update = Query("UPDATE \(table) SET \(column) = ? WHERE account = ? AND \(key ?? column) = ?\(condition)")
        }
    }

    private static let carried = [
        Carried(.mac, "app_password", "verifier", where: "kind = 'generated'"),
        Carried(.tag, "app_password", "tag", key: "verifier", where: "tag IS NOT NULL"),
        Carried(.mac, "recovery_code", "verifier"),
        // Rows of an account with the same value also get the same one.
        Carried(.mac, "guess", "mac"),
        Carried(.mac, "imported", "digest"),
        Carried(.seed, "totp", "sealed_seed"),
        Carried(.seed, "pending_totp", "sealed_seed"),
    ]

    private func carry(_ column: Carried, _ carrier: KeyCarrier) throws(StoreError) {
        for account in try database.prepare(column.accounts).texts() {
            var changed: [(value: Value, key: [UInt8])] = []
            do {
                let rows = try database.prepare(column.rows, [.text(account)])
                while try rows.step() {
                    let value: Value
                    switch column.kind {
                    case .mac: value = .blob(carrier.mac(rows.blob(0)))
                    case .tag: value = .integer(carrier.tag(rows.integer(0)))
                    case .seed:
                        guard let sealed = carrier.seal(rows.blob(0), account: AccountName(stored: account)) else {
                            throw .corrupt(message: "a seed of \(account) does not open with this key file")
                        }
                        value = .blob(sealed)
                    }
                    changed.append((value, rows.blob(1)))
                }
            }
            for (value, key) in changed { try database.run(column.update, [value, .text(account), .blob(key)]) }
        }
    }

    /// Finds the keys of the key file that the database is under.
    ///
    /// - Throws: `StoreError.otherKey` if it is under none of them; `.notPostern` or `.corrupt` if it has no check
    ///   value.
    func chooseKeys() throws(StoreError) {
        let stored: [UInt8]
        do throws(StoreError) {
            guard let found = try checkValue() else {
                throw .corrupt(message: "its key check is missing; if 'postern init' was interrupted, run it again")
            }
            stored = found
        } catch {
            // The table is missing.
            throw error.isWrongSQL ? .notPostern(name: location.name) : error
        }
        guard let found = offered.with(checkValue: stored) else { throw .otherKey }
        keys = found
    }

    /// Whether the database is under the newest key of the key file. It is not after an interrupted rotation, or if it
    /// is an earlier backup.
    package var isUnderNewestKey: Bool { usesExactly(offered) }

    /// Whether the database is under exactly these keys, not newer or older ones.
    package func usesExactly(_ keys: Keys) -> Bool { constantTimeEquals(keys.checkValue, self.keys.checkValue) }

    /// Checks that `keys` are still the keys of the database. A secret that is found under older keys is right in any
    /// case; one that is not found may be stored under newer ones.
    ///
    /// - Throws: `StoreError.otherKey` if they are not.
    func expectKeys() throws(StoreError) {
        guard let stored = try checkValue(), constantTimeEquals(stored, keys.checkValue) else { throw .otherKey }
    }

    private func checkValue() throws(StoreError) -> [UInt8]? {
        let row = try database.prepare(Self.keyCheck)
        return try row.step() ? row.blob(0) : nil
    }

    private static let keyCheck = Query("SELECT value FROM setting WHERE name = 'key_check'")
}
