import Authentication
import Credentials

/// Whether the key file and the database can be used, and belong together.
enum StoreChecks {
    /// Untagged imported app passwords that one account may have before each wrong attempt gets expensive.
    private static let mostUntagged = 4

    static func run(_ configuration: Configuration) -> [Finding] {
        let keys: Keys
        do throws(KeyFileError) { keys = try KeyFile.load(path: configuration.keyFile) } catch {
            return [Finding(level: .bad, subject: "key file", text: error.explanation)]
        }
        do throws(StoreError) {
            let store = try Store(path: configuration.database, keys: keys)
            let problems = try store.integrityProblems()
            var findings = problems.map {
                Finding(level: .bad, subject: "database", text: "\($0); restore your backup")
            }
            if findings.isEmpty {
                let text = "opens with this key file, has the schema of this program and is sound"
                findings.append(Finding(level: .good, subject: "database", text: text))
            }
            for (account, count) in try store.accountsWithUntagged(moreThan: mostUntagged) {
                let text =
                    "has \(count) imported app passwords that were never used here: each wrong attempt costs that "
                    + "many slow hashes until each was used once; make new ones with 'app-password create' instead"
                findings.append(Finding(level: .warning, subject: account, text: text))
            }
            return findings
        } catch {
            return [Finding(level: .bad, subject: "database", text: error.explanation)]
        }
    }
}
