import Authentication
import Credentials

/// Whether the key file and the database can be used, and belong together.
enum StoreChecks {
    /// Untagged imported app passwords that one account may have before each wrong attempt gets expensive.
    private static let mostUntagged = 4

    /// Fields of Dovecot's userdb that 2.3 knows and 2.4 does not.
    private static let fieldsOf23: Set = ["mail", "quota_rule", "quota_rule2", "mail_location"]

    private static func names(_ store: Store) throws(StoreError) -> [Finding] {
        try store.ambiguousNames().map { group in
            let others = group.dropFirst().joined(separator: ", ")
            let text =
                "is another spelling of \(others): each of these accounts signs in by its stored spelling alone; "
                + "make one account of them"
            return Finding(level: .warning, subject: group[0], text: text)
        }
    }

    private static func triggers(_ store: Store) throws(StoreError) -> [Finding] {
        try store.missingTriggers().map {
            let text =
                "trigger \($0) is missing, so a change may not count from the next sign-in on; restore your backup"
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

    private static func extended(_ store: Store, _ delimiter: String) throws(StoreError) -> [Finding] {
        var findings: [Finding] = []
        for character in Set(delimiter) {
            guard let name = try store.accountName(withInLocalPart: String(character)) else { continue }
            let text =
                "Dovecot's recipient_delimiter takes it apart at the \(character): its mail by LMTP is for another name; "
                + "set recipient_delimiter in Dovecot to what no account has, or to nothing"
            findings.append(Finding(level: .warning, subject: name, text: text))
        }
        return findings
    }

    /// - Parameter delimiter: Dovecot's recipient_delimiter.
    static func run(_ configuration: Configuration, delimiter: String) -> [Finding] {
        let keys: Keys
        do throws(KeyFileError) { keys = try KeyFile.load(path: configuration.keyFile) } catch {
            return [Finding(level: .bad, subject: "key file", text: error.explanation)]
        }
        do throws(StoreError) {
            try Privileges.drop(toOpen: configuration.database)
            let store = try Store(path: configuration.database, keys: keys)
            let problems = try store.integrityProblems()
            var findings = problems.map {
                Finding(level: .bad, subject: "database", text: "\($0); restore your backup")
            }
            if findings.isEmpty {
                let text = "opens with this key file, has the schema of this program and is sound"
                findings.append(Finding(level: .good, subject: "database", text: text))
            }
            findings += try triggers(store)
            if !store.isUnderNewestKey {
                let text = "is under an older key than the newest in the key file; run 'postern key rotate'"
                findings.append(Finding(level: .warning, subject: "database", text: text))
            }
            for (account, count) in try store.accountsWithUntagged(moreThan: mostUntagged) {
                let text =
                    "has \(count) imported app passwords that were never used here: each wrong attempt costs that "
                    + "many slow hashes until each was used once; make new ones with 'app-password create' instead"
                findings.append(Finding(level: .warning, subject: account, text: text))
            }
            return findings + (try names(store)) + (try senders(store)) + (try mailFields(store))
                + (try extended(store, delimiter))
        } catch {
            return [Finding(level: .bad, subject: "database", text: error.explanation)]
        }
    }
}
