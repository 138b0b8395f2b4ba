import SQL

extension Store {
    /// Seconds within which a network raises at most one alarm for an account.
    private static let alarmInterval: Int64 = 86_400

    /// Records an alarm if the account has signed in before and this network raised none for it within a day.
    ///
    /// - Returns: Whether an alarm was recorded.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func raiseAlarm(account: String, network: Network, now: Timestamp, _ retention: Retention)
        throws(StoreError) -> Bool
    {
        try write(durable: false) { () throws(StoreError) in
            try pruneAlarms(retention, now: now, limit: Self.prunedPerEntry)
            try database.run(
                """
                INSERT INTO alarm (account, network, at) SELECT ?1, ?2, ?3
                WHERE EXISTS (SELECT 1 FROM sign_in WHERE account = ?1)
                    AND NOT EXISTS (SELECT 1 FROM alarm WHERE account = ?1 AND network = ?2 AND at > ?4 AND at <= ?3)
                ON CONFLICT DO NOTHING
                """,
                [
                    .text(account), .blob(network.bytes), .timestamp(now),
                    .timestamp(now.adding(seconds: -Self.alarmInterval)),
                ])
            return database.changes == 1
        }
    }

    /// Alarms since a time, oldest first.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func alarms(since: Timestamp) throws(StoreError) -> [Alarm] {
        let rows = try database.prepare(
            "SELECT account, network, at FROM alarm WHERE at >= ? ORDER BY at, account, network", [.timestamp(since)])
        var alarms: [Alarm] = []
        while try rows.step() {
            alarms.append(
                Alarm(account: rows.text(0), network: Network(bytes: rows.blob(1)), at: Timestamp(rows.integer(2))))
        }
        return alarms
    }
}
