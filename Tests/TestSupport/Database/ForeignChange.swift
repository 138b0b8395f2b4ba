/// A change that another program makes to an installation with one account and one app password, and its reversal.
package struct ForeignChange: Sendable, CustomStringConvertible {
    /// The answer to a sign-in with the app password after the change.
    package enum Effect: Sendable {
        case denied
        /// Granted, with this in the answer.
        case granted(field: String)
        /// The same as before.
        case unchanged
    }

    package let description: String
    /// The effect on the next answer.
    package let effect: Effect
    fileprivate let statements: String
    /// Nil: there is nothing to reverse, or the change stays.
    fileprivate let reversal: String?

    private init(_ description: String, _ effect: Effect, _ statements: String, back reversal: String? = nil) {
        self.description = description
        self.effect = effect
        self.statements = statements
        self.reversal = reversal
    }

    private static let policy =
        "INSERT INTO domain (name, generation, app_passwords_required, second_factor_required,"

    /// In an order in which each is possible; the last one stays.
    package static let all: [ForeignChange] = [
        ForeignChange(
            "app password revoked", .denied, "UPDATE app_password SET revoked = 1",
            back: "UPDATE app_password SET revoked = NULL"),
        ForeignChange(
            "app password disabled", .denied, "UPDATE app_password SET disabled = 1",
            back: "UPDATE app_password SET disabled = NULL"),
        ForeignChange(
            "app password expired", .denied, "UPDATE app_password SET expires = 1",
            back: "UPDATE app_password SET expires = NULL"),
        ForeignChange(
            "app password for another service", .denied, "UPDATE app_password SET scope = 2",
            back: "UPDATE app_password SET scope = 15"),
        ForeignChange(
            "app password for another network", .denied, "UPDATE app_password SET networks = '198.51.100.0/24'",
            back: "UPDATE app_password SET networks = ''"),
        ForeignChange(
            "app password removed", .denied,
            "CREATE TABLE kept AS SELECT * FROM app_password; DELETE FROM app_password",
            back: "INSERT INTO app_password SELECT * FROM kept; DROP TABLE kept"),
        ForeignChange(
            "account disabled", .denied, "UPDATE account SET disabled_since = 1",
            back: "UPDATE account SET disabled_since = NULL"),
        ForeignChange(
            "account limited to another service", .denied, "UPDATE account SET services = 2",
            back: "UPDATE account SET services = NULL"),
        ForeignChange(
            "domain limited to another service", .denied, "\(policy) services) VALUES ('example.org', 1, 0, 0, 2)",
            back: "DELETE FROM domain"),
        ForeignChange(
            "account removed", .denied, "CREATE TABLE kept AS SELECT * FROM account; DELETE FROM account",
            back: "INSERT INTO account SELECT * FROM kept; DROP TABLE kept"),
        ForeignChange(
            "another home", .granted(field: "userdb_home=/x"), "UPDATE account SET mail_home = '/x'",
            back: "UPDATE account SET mail_home = NULL"),
        ForeignChange(
            "another user", .granted(field: "userdb_uid=7 "), "UPDATE account SET mail_uid = 7",
            back: "UPDATE account SET mail_uid = NULL"),
        ForeignChange(
            "another field", .granted(field: "userdb_quota=a"), "UPDATE account SET mail_fields = 'quota=a'",
            back: "UPDATE account SET mail_fields = NULL"),
        ForeignChange(
            "another group for the domain", .granted(field: "userdb_gid=8 "),
            "\(policy) mail_gid) VALUES ('example.org', 1, 0, 0, '8')", back: "DELETE FROM domain"),
        ForeignChange("file rewritten", .unchanged, "VACUUM"),
        ForeignChange("log emptied", .unchanged, "PRAGMA wal_checkpoint(TRUNCATE)"),
        ForeignChange(
            "app password revoked, log emptied", .denied,
            "UPDATE app_password SET revoked = 1; PRAGMA wal_checkpoint(TRUNCATE)",
            back: "UPDATE app_password SET revoked = NULL; PRAGMA wal_checkpoint(RESTART)"),
        ForeignChange(
            "trigger removed, another user", .granted(field: "userdb_uid=7 "),
            "DROP TRIGGER credentials_account_changed; UPDATE account SET mail_uid = 7"),
    ]
}

extension StoredDatabase {
    /// Makes the change.
    package func make(_ change: ForeignChange) throws { try sql(change.statements) }

    /// Reverses the change.
    package func takeBack(_ change: ForeignChange) throws {
        if let reversal = change.reversal { try sql(reversal) }
    }
}
