package import Credentials

/// States that only the passing of time, or of a sign-in, would bring about.
extension StoredDatabase {
    private static let day = 86_400

    /// Every app password was made this many days earlier.
    package func backdateAppPasswords(days: Int) throws {
        try sql("UPDATE app_password SET created = created - \(days * Self.day)")
    }

    /// Every app password that expires does so this many days earlier.
    package func backdateExpiries(days: Int) throws {
        try sql("UPDATE app_password SET expires = expires - \(days * Self.day)")
    }

    /// Every second factor was switched on this many days ago.
    package func backdateSecondFactors(days: Int) throws {
        let time = Timestamp.now().seconds - Int64(days * Self.day)
        try sql("UPDATE account SET second_factor_since = \(time)")
    }

    /// Fifty accounts signed in with their main passwords over a year, each time from another network: 8000 entries.
    package func addYearOfSignIns(until now: Timestamp) throws {
        try sql(
            """
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 7999)
            INSERT INTO sign_in
            SELECT 'user' || (i % 50), randomblob(8), 'main', 'imap', 0, \(now.seconds) - i * 4000, 1 FROM n
            """)
    }

    /// Every recovery code was used, one second after 1970 began, and so was the TOTP code of this step.
    package func useCodes(step: Int64) throws {
        try sql(
            "UPDATE recovery_code SET used = 1; INSERT INTO used_step SELECT account, \(step), 1 FROM totp")
    }

    /// An account signed in over SMTP from 127.0.0.1 with its main password.
    ///
    /// - Parameter generation: The generation of the account at that time.
    package func recordSubmission(by account: String, generation: Int64, at time: Timestamp) throws {
        try sql(
            """
            INSERT INTO smtp_grant
            VALUES (\(literal(account)), \(literal([127, 0, 0, 1])), 'main', \(generation), \(time.seconds))
            """)
    }
}
