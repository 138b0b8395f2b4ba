/// Tells whether a dump is complete: a dump that begins like one of these programs' must end like it. Each pair of
/// beginning and end was read in the output of the program.
struct DumpEndings {
    enum Ending: String {
        /// mysqldump and mariadb-dump.
        case mySQL = "-- Dump completed"
        /// The settings of mysqldump and mariadb-dump without comments, and of HeidiSQL since version 11.2.
        case mode = "SET SQL_MODE=@OLD_SQL_MODE"
        /// The settings of phpMyAdmin and of older versions of HeidiSQL.
        case characterSet = "SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT"
        /// sqlite3, phpMyAdmin.
        case transaction = "COMMIT"
        /// Adminer: a comment with the time.
        case adminer = "-- YYYY-MM-DD HH:MM:SS"
        case postgreSQL = "-- PostgreSQL database dump complete"
        case cluster = "-- PostgreSQL database cluster dump complete"
    }

    private var awaited: Set<Ending> = []
    /// Whether the dump has a beginning to which an end belongs.
    private(set) var announced = false
    /// Whether pg_dump made the dump: its functions contain BEGIN without a COMMIT.
    private var isPostgreSQL = false

    /// An end that is missing in the dump; nil if none is.
    var missing: String? { awaited.map(\.rawValue).min() }

    /// Reads a comment.
    ///
    /// - Parameter comment: A line that begins with `-- `.
    /// - Returns: The end that must follow, if the comment is a beginning.
    @discardableResult
    mutating func note(comment: [UInt8]) -> Ending? {
        func begins(_ text: String) -> Bool { comment.starts(with: text.utf8) }
        if begins("-- MySQL dump") || begins("-- MariaDB dump") { return announce(.mySQL) }
        if begins("-- Adminer "), comment.dropLast().suffix(5).elementsEqual(" dump".utf8) { return announce(.adminer) }
        if Self.isTime(comment) {
            awaited.remove(.adminer)
        } else if begins(Ending.mySQL.rawValue) {
            awaited.remove(.mySQL)
        } else if begins(Ending.cluster.rawValue) {
            awaited.remove(.cluster)
        } else if begins(Ending.postgreSQL.rawValue) {
            awaited.remove(.postgreSQL)
        } else if begins("-- PostgreSQL database cluster dump") {
            isPostgreSQL = true
            return announce(.cluster)
        } else if begins("-- PostgreSQL database dump") {
            isPostgreSQL = true
            return announce(.postgreSQL)
        }
        return nil
    }

    /// Reads a statement.
    mutating func note(statement: [UInt8]) {
        func begins(_ words: String) -> Bool { Self.begins(statement, words) }
        if begins("SET @OLD_SQL_MODE=") {
            announce(.mode)
        } else if begins("SET SQL_MODE="), String(decoding: statement, as: UTF8.self).contains("@OLD_SQL_MODE") {
            // HeidiSQL restores IFNULL(@OLD_SQL_MODE, '').
            awaited.remove(.mode)
        } else if begins("SET @OLD_CHARACTER_SET_CLIENT=") {
            announce(.characterSet)
        } else if begins(Ending.characterSet.rawValue) {
            awaited.remove(.characterSet)
        } else if begins("BEGIN") || begins("START TRANSACTION") {
            if isPostgreSQL { return }
            announce(.transaction)
        } else if begins(Ending.transaction.rawValue) {
            awaited.remove(.transaction)
        }
    }

    @discardableResult
    private mutating func announce(_ ending: Ending) -> Ending {
        announced = true
        awaited.insert(ending)
        return ending
    }

    private static func isTime(_ comment: [UInt8]) -> Bool {
        let form = "-- 0000-00-00 00:00:00".utf8
        return comment.count > form.count
            && zip(comment, form).allSatisfy { $1 == 0x30 ? (0x30...0x39).contains($0) : $0 == $1 }
    }

    /// Whether a statement begins with words, in upper or lower case.
    static func begins(_ statement: [UInt8], _ words: String) -> Bool {
        statement.count >= words.utf8.count
            && zip(statement, words.utf8).allSatisfy { ($0 >= 0x61 && $0 <= 0x7a ? $0 & 0xdf : $0) == $1 }
    }
}
