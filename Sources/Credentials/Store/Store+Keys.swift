import Bytes
import SQLite

/// The keys of the key file that the database is under, and the change to a new one.
extension Store {
    /// Carries everything in the database to the newest key of the key file, in one transaction.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written, or a sealed seed does not open with its key.
    package func carryToNewestKey(_ change: Change) throws(StoreError) {
        guard !isUnderNewestKey, let carrier = KeyCarrier(from: keys, to: offered) else { return }
        try database.define("carry", arguments: 1) {
            switch $0[0] {
            case .blob(let mac): return .blob(carrier.mac(mac))
            case .integer(let tag): return .integer(carrier.tag(tag))
            case .null, .text: return nil
            }
        }
        try database.define("reseal", arguments: 2) {
            guard case .blob(let name) = $0[0], case .blob(let sealed) = $0[1] else { return nil }
            return carrier.seal(sealed, account: AccountName(stored: String(decoding: name, as: UTF8.self)))
                .map { .blob($0) }
        }
        try write(durable: true) { () throws(StoreError) in
            for sql in Self.carrying { try database.run(sql) }
            try database.run(
                "UPDATE setting SET value = ? WHERE name = 'key_check'", [.blob(offered.checkValue)])
            try record(change)
        }
        keys = offered
    }

    private static let carrying = [
        "UPDATE app_password SET verifier = carry(verifier) WHERE kind = 'generated'",
        "UPDATE app_password SET tag = carry(tag) WHERE tag IS NOT NULL",
        "UPDATE recovery_code SET verifier = carry(verifier)",
        "UPDATE guess SET mac = carry(mac)",
        "UPDATE imported SET digest = carry(digest)",
        "UPDATE totp SET sealed_seed = reseal(account, sealed_seed)",
        "UPDATE pending_totp SET sealed_seed = reseal(account, sealed_seed)",
    ]

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
            throw error.isWrongSQL ? .notPostern(path: path) : error
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
