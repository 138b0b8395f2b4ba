import Authentication
import Credentials
import Imports

/// Collects what an import did, and prints it.
final class ImportReport {
    private struct Account: Encodable {
        let address: String
        let result: String
        let content: [String]
    }

    private struct Note: Encodable {
        let subject: String
        @OrNull var line: Int?
        let text: String
        let withheld: Bool

        init(_ note: ImportNote) {
            subject = note.subject
            _line = OrNull(wrappedValue: note.line)
            text = note.text
            withheld = note.isWithheld
        }
    }

    private struct View: Encodable {
        let source: String
        let dryRun: Bool
        let counts: [String: Int]
        let accounts: [Account]
        let notes: [Note]
    }

    /// KiB of the database that are cached: app passwords are spread all over it.
    private static let pageCache = 131_072

    private let source: String
    private let options: ImportOptions
    private var accounts: [Account] = []
    private var counts: [AccountImporter.Outcome: Int] = [:]
    /// The domains of the accounts that were imported now or before.
    private(set) var domains: Set<String> = []
    private var notes: [ImportNote] = []

    init(source: String, _ options: ImportOptions) {
        self.source = source
        self.options = options
    }

    func enter(_ entry: AccountImporter.Entry) {
        counts[entry.outcome, default: 0] += 1
        if entry.outcome != .kept { domains.insert(entry.account.domain) }
        // There may be several hundred thousand of them.
        guard options.dryRun || options.json else { return }
        accounts.append(
            Account(address: entry.account.text, result: entry.outcome.rawValue, content: entry.content))
    }

    func note(_ note: ImportNote) { notes.append(note) }

    /// Runs the import in one transaction, which a dry run rolls back, and prints the report.
    func run(_ session: Session, _ body: (Store) throws(SourceError) -> Void) throws {
        var failure: SourceError?
        let transaction = { () throws(StoreError) in
            do throws(SourceError) { try body(session.store) } catch {
                failure = error
                throw .abandoned
            }
        }
        do throws(StoreError) {
            try session.store.setPageCache(kibibytes: Self.pageCache)
            if options.dryRun {
                try session.store.rehearse(transaction)
            } else {
                try session.store.durably(transaction)
            }
        } catch {
            if case .store(let error)? = failure { throw CommandFailure(Unavailability.store(error)) }
            throw failure.map { CommandFailure(source: $0) } ?? CommandFailure(Unavailability.store(error))
        }
        try show()
    }

    private func show() throws {
        let accounts = self.accounts.sorted { $0.address < $1.address }
        let all = AccountImporter.Outcome.allCases.map { ($0.rawValue, counts[$0] ?? 0) }
        if options.json {
            try Output.json(
                View(
                    source: source, dryRun: options.dryRun, counts: Dictionary(uniqueKeysWithValues: all),
                    accounts: accounts, notes: notes.map(Note.init)))
        } else {
            if options.dryRun {
                Output.table(
                    ["ACCOUNT", "RESULT", "CONTENT"],
                    accounts.map { [$0.address, $0.result, $0.content.joined(separator: ", ")] })
            }
            if !notes.isEmpty {
                Output.table(
                    ["SKIPPED OR CHANGED", "LINE", "WHY"],
                    notes.map { [$0.subject, $0.line.map { "\($0)" } ?? "", $0.text] })
            }
            let sentence = all.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
            Output.error(
                options.dryRun
                    ? "Nothing was changed. An import from \(source) would give: \(sentence)."
                    : "Imported from \(source): \(sentence).")
        }
        let withheld = notes.count { $0.isWithheld }
        guard withheld == 0 else {
            throw CommandFailure(
                .negative,
                "changes that would loosen protection \(options.dryRun ? "would be" : "were") withheld (\(withheld)); "
                    + "check them above, and add --allow-loosening if they are intended")
        }
    }
}
