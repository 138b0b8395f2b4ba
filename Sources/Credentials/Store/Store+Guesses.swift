/// A secret that was wrong (or spent budget as if), remembered for a window.
package struct KnownGuess: Sendable {
    package enum Kind: String, Sendable {
        case wrong
        /// A right main password, refused, from a network new to the account.
        case refused
        /// A second-factor code.
        case code
    }

    package let kind: Kind
    /// Attempts so far.
    package let count: Int64
    package let first: Timestamp
}

extension Store {
    /// Rows of an older window that one new guess takes away with it, so that the table cannot grow for ever.
    private static let prunedPerGuess = 8

    /// The same secret at the same account from the same network, if it was tried within the window and the account
    /// has not changed since.
    package func knownGuess(
        account: String, network: Network, mac: [UInt8], generation: Int64, window: Int64, now: Timestamp
    ) throws(StoreError) -> KnownGuess? {
        let row = try connection.prepare(
            Self.guessByMAC, [.text(account), .blob(network.bytes), .blob(mac), .integer(generation)])
        guard try row.step(), let kind = KnownGuess.Kind(rawValue: row.text(0)) else { return nil }
        let first = Timestamp(row.integer(2))
        // A clock set back makes a row look as if it were to come; it is forgotten like an old one.
        guard first <= now, now < first.adding(seconds: window) else { return nil }
        return KnownGuess(kind: kind, count: row.integer(1), first: first)
    }

    private static let guessByMAC = Query(
        "SELECT kind, count, first FROM guess WHERE account = ? AND network = ? AND mac = ? AND generation = ?")

    /// Counts an attempt with this secret; gives back what was known before.
    package func countGuess(
        kind: KnownGuess.Kind, account: String, network: Network, mac: [UInt8], generation: Int64, window: Int64,
        now: Timestamp
    ) throws(StoreError) -> KnownGuess? {
        try write(durable: false) { () throws(StoreError) in
            let known = try knownGuess(
                account: account, network: network, mac: mac, generation: generation, window: window, now: now)
            if known != nil {
                try connection.run(
                    "UPDATE guess SET count = count + 1 WHERE account = ? AND network = ? AND mac = ?",
                    [.text(account), .blob(network.bytes), .blob(mac)])
                return known
            }
            try connection.run(
                "INSERT OR REPLACE INTO guess (account, network, mac, kind, generation, first, count) VALUES (?, ?, ?, ?, ?, ?, 1)",
                [
                    .text(account), .blob(network.bytes), .blob(mac), .text(kind.rawValue), .integer(generation),
                    .moment(now),
                ])
            try connection.run(
                """
                DELETE FROM guess WHERE (account, network, mac) IN
                    (SELECT account, network, mac FROM guess WHERE first <= ? LIMIT \(Self.prunedPerGuess))
                """, [.moment(now.adding(seconds: -window))])
            return nil
        }
    }
}
