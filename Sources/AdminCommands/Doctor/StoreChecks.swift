import Authentication
import Credentials

/// Checks that the key file and the database can be used and belong together, and what the database contains.
enum StoreChecks {
    /// Imported app passwords without a tag that an account may have before each wrong attempt gets expensive.
    private static let maxUntagged = 4

    /// Fields of the userdb that Dovecot 2.3 has and 2.4 has not.
    private static let fieldsOf23: Set = ["mail", "quota_rule", "quota_rule2", "mail_location"]

    private static func names(_ store: Store) throws(StoreError) -> [Finding] {
        try store.ambiguousNames().map { group in
            let others = group.dropFirst().joined(separator: ", ")
            let text =
                "is another spelling of \(others): each of these accounts signs in with its stored spelling only; "
                + "merge them into one account"
            return Finding(level: .warning, subject: group[0], text: text)
        }
    }

    private static func triggers(_ store: Store) throws(StoreError) -> [Finding] {
        try store.missingTriggers().map {
            let text =
                "trigger \($0) is missing, so changes may not take effect at the next sign-in; restore your backup"
            return Finding(level: .bad, subject: "database", text: text)
        }
    }

    private static func senders(_ store: Store) throws(StoreError) -> [Finding] {
        try store.accountsSendingAsAny().map {
            Finding(level: .warning, subject: $0, text: "may send as any address ('postern account send-as')")
        }
    }

    private static func mailFields(_ store: Store) throws(StoreError) -> [Finding] {
        try store.mailFields(named: fieldsOf23).map { owner, field in
            let text =
                "has the mail field \(field), which Dovecot 2.4 does not know; see 'postern account mailbox' and "
                + "'domain mailbox'"
            return Finding(level: .warning, subject: owner, text: text)
        }
    }

    private static func checkExtended(_ store: Store, _ delimiter: String) throws(StoreError) -> [Finding] {
        var findings: [Finding] = []
        for character in Set(delimiter) {
            guard let name = try store.accountName(withInLocalPart: String(character)) else { continue }
            let text =
                "Dovecot's recipient_delimiter splits this name at '\(character)', so LMTP delivers its mail to "
                + "another name; set recipient_delimiter to characters that no account name has, or to nothing"
            findings.append(Finding(level: .warning, subject: name, text: text))
        }
        return findings
    }

    /// - Parameter delimiter: The characters of Dovecot's recipient_delimiter.
    static func run(_ configuration: Configuration, delimiter: String) -> [Finding] {
        let keys: Keys
        do throws(KeyFileError) { keys = try KeyFile.load(path: configuration.keyFile) } catch {
            return [Finding(level: .bad, subject: "key file", text: error.explanation)]
        }
        do throws(StoreError) {
            try Privileges.drop(toOpen: configuration.store.name)
            let store = try Store(configuration.store, keys: keys)
            let problems = try store.integrityProblems()
            var findings = problems.map {
                Finding(level: .bad, subject: "database", text: "\($0); restore your backup")
            }
            if findings.isEmpty {
                let text = "opens with this key file, has the schema of this program and is sound"
                findings.append(Finding(level: .good, subject: "database", text: text))
            }
            findings += try triggers(store) + ServerChecks.run(store, now: .now())
            if !store.isUnderNewestKey {
                let text = "uses an older key than the newest of the key file; run 'postern key rotate'"
                findings.append(Finding(level: .warning, subject: "database", text: text))
            }
            for (account, count) in try store.accountsWithUntagged(moreThan: maxUntagged) {
                let text =
                    "has \(count) imported app passwords that were never used in Postern: each wrong attempt costs as "
                    + "many slow hashes, until each was used once; replace them by new ones of 'app-password create'"
                findings.append(Finding(level: .warning, subject: account, text: text))
            }
            return findings + (try names(store)) + (try senders(store)) + (try mailFields(store))
                + (try checkExtended(store, delimiter))
        } catch {
            return [Finding(level: .bad, subject: "database", text: error.explanation)]
        }
    }
}
