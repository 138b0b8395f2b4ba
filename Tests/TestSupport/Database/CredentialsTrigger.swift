/// A trigger that renews the version of the credentials after a change.
package enum CredentialsTrigger: String, CaseIterable, Sendable {
    case domainAdded = "credentials_domain_added"
    case domainChanged = "credentials_domain_changed"
    case domainRemoved = "credentials_domain_removed"
    case accountAdded = "credentials_account_added"
    case accountChanged = "credentials_account_changed"
    case accountRemoved = "credentials_account_removed"
    case appPasswordAdded = "credentials_app_password_added"
    case appPasswordChanged = "credentials_app_password_changed"
    case appPasswordRemoved = "credentials_app_password_removed"

    /// A policy of the one domain, with these services.
    private static func policy(services: Int) -> String {
        "INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, services) "
            + "VALUES ('example.org', 1, 0, 0, \(services))"
    }

    /// Rows that `change` needs.
    fileprivate var preparation: String {
        let own =
            switch self {
            case .domainChanged: Self.policy(services: 15) + ";"
            case .domainRemoved: Self.policy(services: 15) + "; UPDATE account SET services = NULL;"
            case .domainAdded, .accountAdded, .accountChanged, .accountRemoved, .appPasswordAdded, .appPasswordChanged,
                .appPasswordRemoved:
                ""
            }
        return """
            \(own)
            CREATE TABLE other AS SELECT * FROM account; UPDATE other SET disabled_since = 1;
            CREATE TABLE other_password AS SELECT * FROM app_password; UPDATE other_password SET revoked = 1;
            """
    }

    /// A change that fires no other trigger of these. REPLACE removes a row without firing one.
    fileprivate var change: String {
        switch self {
        case .domainAdded: Self.policy(services: 2)
        case .domainChanged: "UPDATE domain SET services = 2"
        case .domainRemoved: "DELETE FROM domain"
        case .accountAdded: "REPLACE INTO account SELECT * FROM other"
        case .accountChanged: "UPDATE account SET disabled_since = 1"
        case .accountRemoved: "DELETE FROM account"
        case .appPasswordAdded: "REPLACE INTO app_password SELECT * FROM other_password"
        case .appPasswordChanged: "UPDATE app_password SET revoked = 1"
        case .appPasswordRemoved: "DELETE FROM app_password"
        }
    }
}

extension StoredDatabase {
    /// The trigger is missing.
    package func remove(_ trigger: CredentialsTrigger) throws { try sql("DROP TRIGGER \(trigger.rawValue)") }

    /// Adds rows that `makeChange(toldBy:)` needs; they change no answer.
    package func prepareChange(toldBy trigger: CredentialsTrigger) throws { try sql(trigger.preparation) }

    /// Makes a change that fires this trigger only. It denies the app password of the only account, or changes its answer.
    package func makeChange(toldBy trigger: CredentialsTrigger) throws { try sql(trigger.change) }

    /// Every domain that has a policy has another group for its mail.
    package func setDomainGroup(_ group: String) throws {
        try sql("UPDATE domain SET mail_gid = \(literal(group))")
    }
}
