package import Credentials

/// Counts, and the remembered wrong, former and used secrets.
extension StoredDatabase {
    /// The number of accounts.
    package func countAccounts() throws -> Int { try number("SELECT count(*) FROM account") }

    /// The number of wrong secrets that are remembered, of any kind and age.
    package func countGuesses() throws -> Int { try number("SELECT count(*) FROM guess") }

    /// The number of wrong secrets that are remembered for an account or another name.
    ///
    /// - Parameter account: Empty for all names that no account can have.
    package func countGuesses(account: String) throws -> Int {
        try number("SELECT count(*) FROM guess WHERE account = \(literal(account))")
    }

    /// The number of wrong secrets of each rank that has any, lowest rank first.
    package func countGuessesByRank() throws -> [Int] {
        try rows("SELECT count(*) FROM guess GROUP BY rank ORDER BY rank").compactMap { Int($0[0]) }
    }

    /// The number of attempts with the wrong secrets that are remembered.
    package func countAttempts() throws -> Int { try number("SELECT sum(count) FROM guess") }

    /// The number of wrong secrets that were compared with the former main password and differ from it.
    package func countGuessesUnlikeFormer() throws -> Int {
        try number("SELECT count(*) FROM guess WHERE former = 0")
    }

    /// The number of wrong secrets of a rank in the database's own tally, which its limits use.
    package func talliedGuesses(_ rank: GuessRank) throws -> Int {
        try number("SELECT rows FROM guess_count WHERE rank = \(rank.rawValue)")
    }

    /// The rank of one wrong secret of an account or name.
    package func rank(ofGuess mac: [UInt8], account: String) throws -> GuessRank {
        let found = try number("SELECT rank FROM guess WHERE account = \(literal(account)) AND mac = \(literal(mac))")
        guard let rank = GuessRank(rawValue: Int64(found)) else { throw TestFailure("there is no rank \(found)") }
        return rank
    }

    /// The number of TOTP steps that are remembered as used.
    package func countUsedSteps() throws -> Int { try number("SELECT count(*) FROM used_step") }

    /// The TOTP steps that are remembered as used, in ascending order.
    package func usedSteps() throws -> [Int64] {
        try rows("SELECT step FROM used_step ORDER BY step").compactMap { Int64($0[0]) }
    }

    /// The time when the first recovery code was used, in seconds since 1970; nil: it was not used.
    package func recoveryCodeUse() throws -> Int64? {
        try rows("SELECT used FROM recovery_code LIMIT 1").first.flatMap { Int64($0[0]) }
    }

    /// Whether the only account has the hash of a former main password, and the time when that was replaced.
    ///
    /// - Throws: `TestFailure` if it has one without the other.
    package func hasFormerPassword() throws -> Bool {
        switch try sql("SELECT former_hash IS NOT NULL, former_until IS NOT NULL FROM account") {
        case "1|1\n": return true
        case "0|0\n": return false
        case let other: throw TestFailure("half a former password: \(other)")
        }
    }

    /// The hash of the former main password of the only account; empty: there is none.
    package func formerHash() throws -> String { String(try sql("SELECT former_hash FROM account").dropLast()) }

    /// The whole database as SQL.
    package func dump() throws -> String { try sql(".dump") }

    /// Whether the integrity check of SQLite finds nothing.
    package func isSound() throws -> Bool { try sql("PRAGMA integrity_check") == "ok\n" }
}
