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

/// The time within which guesses count: of this length in seconds, and up to now. What a clock that was set back left
/// in the future does not count.
package struct GuessWindow: Sendable {
    /// Seconds by which others may be ahead: an attempt takes its time when it arrives, and may wait for a slow hash and
    /// for the database before it is counted.
    private static let slack: Int64 = 10

    package let length: Int64
    package let now: Timestamp

    package init(length: Int64, now: Timestamp) {
        self.length = length
        self.now = now
    }

    /// A guess of this moment is too old.
    var end: Timestamp { now.adding(seconds: -length) }

    /// A guess of a later moment is one of a wrong clock.
    var latest: Timestamp { now.adding(seconds: Self.slack) }

    func contains(_ moment: Timestamp) -> Bool { end < moment && moment <= latest }
}

extension Store {
    /// Rows that one new guess takes away with it, so that the table cannot grow for ever.
    private static let prunedPerGuess = 8
    /// Rows, at some 260 octets each, with their indexes: what a flood from very many networks can fill. Over it the
    /// oldest go, however new they are.
    package static let mostGuesses = 200_000
    /// Rows over it that go at a time. It is looked at after one guess in 256, so that this is more than came.
    private static let prunedOverMost = 1024

    /// The same secret at the same account from the same network, if it was tried within the window and the account
    /// has not changed since.
    package func knownGuess(
        account: String, network: Network, mac: [UInt8], generation: Int64, window: GuessWindow
    ) throws(StoreError) -> KnownGuess? {
        let row = try connection.prepare(
            Self.guessByMAC, [.text(account), .blob(network.bytes), .blob(mac), .integer(generation)])
        guard try row.step(), let kind = KnownGuess.Kind(rawValue: row.text(0)) else { return nil }
        let first = Timestamp(row.integer(2))
        return window.contains(first) ? KnownGuess(kind: kind, count: row.integer(1), first: first) : nil
    }

    private static let guessByMAC = Query(
        "SELECT kind, count, first FROM guess WHERE account = ? AND network = ? AND mac = ? AND generation = ?")

    /// Counts an attempt with this secret; gives back what was known before.
    package func countGuess(
        kind: KnownGuess.Kind, account: String, network: Network, mac: [UInt8], generation: Int64, window: GuessWindow
    ) throws(StoreError) -> KnownGuess? {
        try write(durable: false) { () throws(StoreError) in
            let known = try knownGuess(
                account: account, network: network, mac: mac, generation: generation, window: window)
            if known != nil {
                try connection.run(Self.countAgain, [.text(account), .blob(network.bytes), .blob(mac)])
                return known
            }
            try connection.run(
                Self.addGuess,
                [
                    .text(account), .blob(network.bytes), .blob(mac), .text(kind.rawValue), .integer(generation),
                    .moment(window.now),
                ])
            try pruneGuesses(window, most: Self.prunedPerGuess)
            // A keyed hash ends in any octet as often as in any other.
            if mac.last == 0 {
                try connection.run(
                    Self.pruneSurplus, [.integer(Int64(Self.prunedOverMost)), .integer(Int64(Self.mostGuesses))])
            }
            return nil
        }
    }

    /// Takes away some of the guesses that are too old, or so far ahead that the clock was wrong.
    ///
    /// - Returns: How many.
    @discardableResult
    package func pruneGuesses(_ window: GuessWindow, most: Int) throws(StoreError) -> Int {
        try write(durable: false) { () throws(StoreError) in
            // Not those a second ahead: another process may have read the clock later.
            let ahead = window.now.adding(seconds: window.length)
            var count = 0
            for (query, limit) in [(Self.pruneOld, window.end), (Self.pruneAhead, ahead)] {
                try connection.run(query, [.moment(limit), .integer(Int64(most))])
                count += connection.changes
            }
            return count
        }
    }

    private static let countAgain = Query(
        "UPDATE guess SET count = count + 1 WHERE account = ? AND network = ? AND mac = ?")
    private static let addGuess = Query(
        """
        INSERT OR REPLACE INTO guess (account, network, mac, kind, generation, first, count)
        VALUES (?, ?, ?, ?, ?, ?, 1)
        """)
    private static let pruneOld = Query(
        """
        DELETE FROM guess WHERE (account, network, mac) IN
            (SELECT account, network, mac FROM guess WHERE first <= ? LIMIT ?)
        """)
    private static let pruneAhead = Query(
        """
        DELETE FROM guess WHERE (account, network, mac) IN
            (SELECT account, network, mac FROM guess WHERE first > ? LIMIT ?)
        """)
    private static let pruneSurplus = Query(
        """
        DELETE FROM guess WHERE (account, network, mac) IN (
            SELECT account, network, mac FROM guess ORDER BY first
            LIMIT max(0, min(?1, (SELECT count(*) FROM guess) - ?2)))
        """)
}
