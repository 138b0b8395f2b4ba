import SQL

extension Store {
    /// The change record, oldest first.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func changes(subject: String? = nil, since: Timestamp? = nil) throws(StoreError) -> [Change] {
        let rows = try database.prepare(
            """
            \(Self.changeColumns) FROM change
            WHERE (?1 IS NULL OR subject = ?1) AND (?2 IS NULL OR at >= ?2) ORDER BY number
            """, [.text(subject), .timestamp(since)])
        var changes: [Change] = []
        while try rows.step() { changes.append(Self.change(rows)) }
        return changes
    }

    static let changeColumns = "SELECT at, actor, subject, action, detail"

    /// Reads a row that begins with these columns.
    static func change(_ row: borrowing Rows) -> Change {
        Change(
            at: Timestamp(row.integer(0)), actor: row.text(1), subject: row.text(2), action: row.text(3),
            detail: row.text(4))
    }

    /// Changes an account in one durable transaction, which also raises its generation and adds the entry to the change
    /// record.
    ///
    /// - Parameter renewsLooks: Whether the change can make a wrong secret right.
    /// - Returns: False, with nothing written, if there is no such account.
    func changing(
        _ account: AccountName, renewsLooks: Bool = false, _ change: Change, _ body: () throws(StoreError) -> Void
    ) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            guard try raiseGeneration(account, renewsLooks: renewsLooks) else { return false }
            try body()
            try record(change)
            return true
        }
    }

    /// Raises an account's own generation; false if there is no such account.
    func raiseGeneration(_ account: AccountName, renewsLooks: Bool = false) throws(StoreError) -> Bool {
        try database.run(renewsLooks ? Self.raiseWithSecrets : Self.raise, [.text(account.text)])
        return database.changes == 1
    }

    private static let raise = Query("UPDATE account SET generation = generation + 1 WHERE name = ?")
    private static let raiseWithSecrets = Query(
        "UPDATE account SET generation = generation + 1, secrets_generation = generation + 1 WHERE name = ?")

    /// Adds an entry to the change record.
    ///
    /// - Parameter number: The number of the entry is above this one, and above those of all other entries.
    func record(_ change: Change, after number: Int64 = 0) throws(StoreError) {
        try database.run(
            Self.addChange,
            [
                .timestamp(change.at), .text(change.actor), .text(change.subject), .text(change.action),
                .text(change.detail), .integer(number),
            ]
        )
        try pruneChanges(now: change.at, limit: Self.prunedPerEntry)
    }

    private static let addChange = Query(
        """
        INSERT INTO change (number, at, actor, subject, action, detail)
        VALUES (max(coalesce((SELECT max(number) FROM change), 0), ?6) + 1, ?1, ?2, ?3, ?4, ?5)
        """)
}
