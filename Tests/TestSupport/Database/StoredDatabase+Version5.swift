import Credentials

/// Rows of schema version 5, the last one before canonical names, and what a migration makes of them.
extension StoredDatabase {
    /// The accounts and the key of an installation.
    ///
    /// - Parameter keyCheck: The check value of its key file.
    package func fillVersion5(accounts: [String], keyCheck: [UInt8]) throws {
        try sql("INSERT INTO setting (name, value) VALUES ('key_check', \(literal(keyCheck)))")
        for name in accounts {
            let domain = AccountName(stored: name).domain
            try sql(
                """
                INSERT INTO account (name, domain, generation, created)
                VALUES (\(literal(name)), \(literal(domain)), 1, 1)
                """)
        }
    }

    /// The policy of one spelling of a domain.
    ///
    /// - Parameters:
    ///   - maxAge: Seconds.
    ///   - services: The raw value of a `Scope`.
    package func addVersion5Policy(
        domain: String, generation: Int64, appPasswordsRequired: Bool = false, secondFactorRequired: Bool = false,
        maxAge: Int64? = nil, services: Int64? = nil
    ) throws {
        func number(_ value: Int64?) -> String { value.map { "\($0)" } ?? "NULL" }
        try sql(
            """
            INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, max_age, services)
            VALUES (\(literal(domain)), \(generation), \(appPasswordsRequired ? 1 : 0), \(secondFactorRequired ? 1 : 0),
                \(number(maxAge)), \(number(services)))
            """)
    }

    /// An authenticator whose code of this step was the last one to be used.
    package func addVersion5TOTP(account: String, lastStep: Int64) throws {
        try sql("INSERT INTO totp VALUES (\(literal(account)), x'00', \(lastStep))")
    }

    /// A wrong secret.
    ///
    /// - Parameter generation: The generation of the account; 0: there is no such account.
    package func addVersion5Guess(
        account: String, network: [UInt8], mac: [UInt8], generation: Int64, first: Int64, count: Int64
    ) throws {
        try sql(
            """
            INSERT INTO guess VALUES (\(literal(account)), \(literal(network)), \(literal(mac)), 'wrong', \(generation),
                \(first), \(count))
            """)
    }

    /// A network that an account signed in from with its main password.
    package func addVersion5SignIn(account: String, network: [UInt8]) throws {
        try sql(
            """
            INSERT INTO sign_in (account, network, credential, service, first, last)
            VALUES (\(literal(account)), \(literal(network)), 'main', 'imap', 1, 1)
            """)
    }

    /// The wrong secrets that are remembered in the present schema, by account:
    /// `account|rank|whether it was counted|looked|last|count`.
    package func guesses() throws -> [String] {
        try rows("SELECT account, rank, counted, looked, last, count FROM guess ORDER BY account")
            .map { $0.joined(separator: "|") }
    }
}
