/// Tables and columns that only one system has (from their schema files). They show that a source belongs to another
/// system: much of it could be read, but second factors and limits would be lost.
enum SystemTraits {
    private static let tables: [String: Set<String>] = [
        "mailcow": [
            "app_passwd", "tfa", "fido2", "sender_acl", "spamalias", "user_acl", "da_acl", "sasl_log", "relayhosts",
            "bcc_maps", "recipient_maps", "sieve_filters", "filterconf", "settingsmap",
            "identity_provider", "domain_wide_footer", "tls_policy_override", "quota2replica", "forwarding_hosts",
        ],
        "mailu": ["alternative", "domain_access"],
        "postfixadmin": [
            "vacation", "vacation_notification", "mailbox_app_password", "totp_exception_address", "dkim_signing",
        ],
        "iredmail": [
            "forwardings", "moderators", "maillists", "maillist_owners", "deleted_mailboxes", "sender_relayhost",
            "sender_bcc_domain", "sender_bcc_user", "recipient_bcc_domain", "recipient_bcc_user", "share_folder",
            "anyone_shares", "used_quota",
        ],
        "modoboa": ["core_user", "admin_mailbox", "admin_domain"],
    ]

    /// Columns that only one system has, in tables that several systems have.
    private static let columns: [String: [String: String]] = [
        "mailbox": [
            "attributes": "mailcow", "authsource": "mailcow", "kind": "mailcow", "enableimap": "iredmail",
            "storagebasedirectory": "iredmail", "token_validity": "postfixadmin", "totp_secret": "postfixadmin",
        ]
    ]

    /// Columns and the tables that belong to them. PostfixAdmin has both since version 4: without the table all app
    /// passwords would be missing.
    static let companions = [("totp_secret", "mailbox_app_password")]

    static func system(ofTable table: String, besides system: String) -> String? {
        if tables[system]?.contains(table) == true { return nil }
        return tables.first { $0.value.contains(table) }?.key
    }

    static func system(ofColumn column: String, table: String, besides system: String) -> String? {
        columns[table]?[column].flatMap { $0 == system ? nil : $0 }
    }

    static func refusal(_ what: String, of other: String, in system: String) -> SourceError {
        .unusable(
            "\(what) belongs to \(other), not to \(system); "
                + (other == "modoboa" ? "Postern cannot import \(other)" : "use 'postern import \(other)'"))
    }
}
