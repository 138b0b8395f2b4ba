import Authentication
import Credentials
import Imports

/// What came of an import.
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

        init(_ note: ImportNote) {
            subject = note.subject
            _line = OrNull(wrappedValue: note.line)
            text = note.text
        }
    }

    private struct View: Encodable {
        let source: String
        let dryRun: Bool
        let counts: [String: Int]
        let accounts: [Account]
        let notes: [Note]
    }

    private let source: String
    private let options: ImportOptions
    private var accounts: [Account] = []
    private var counts: [AccountImporter.Outcome: Int] = [:]
    /// Of accounts that are new.
    private(set) var newDomains: Set<String> = []
    private var notes: [ImportNote] = []

    init(source: String, _ options: ImportOptions) {
        self.source = source
        self.options = options
    }

    func enter(_ entry: AccountImporter.Entry) {
        counts[entry.outcome, default: 0] += 1
        if entry.outcome == .new { newDomains.insert(entry.account.domain) }
        // A few hundred thousand lines are for who asks for them.
        guard options.dryRun || options.json else { return }
        accounts.append(
            Account(address: entry.account.text, result: entry.outcome.rawValue, content: entry.content))
    }

    func note(_ note: ImportNote) { notes.append(note) }

    /// Runs the import in one transaction, which a dry run takes back, and shows what came of it.
    func run(_ session: Session, _ body: (Store) throws(SourceError) -> Void) throws {
        var failure: SourceError?
        let bring = { () throws(StoreError) in
            do throws(SourceError) { try body(session.store) } catch {
                failure = error
                // Whatever it is, it ends the transaction.
                throw .failed(code: 0, message: error.explanation)
            }
        }
        do throws(StoreError) {
            if options.dryRun { try session.store.rehearse(bring) } else { try session.store.durably(bring) }
        } catch {
            if case .store(let error)? = failure { throw CommandFailure(Unavailability.store(error)) }
            throw failure.map { CommandFailure(source: $0) } ?? CommandFailure(Unavailability.store(error))
        }
        try show()
    }

    private func show() throws {
        let all = AccountImporter.Outcome.allCases.map { ($0.rawValue, counts[$0] ?? 0) }
        if options.json {
            return try Output.json(
                View(
                    source: source, dryRun: options.dryRun, counts: Dictionary(uniqueKeysWithValues: all),
                    accounts: accounts, notes: notes.map(Note.init)))
        }
        if options.dryRun {
            Output.table(
                ["ACCOUNT", "RESULT", "WHAT"],
                accounts.map { [$0.address, $0.result, $0.content.joined(separator: ", ")] })
        }
        if !notes.isEmpty {
            Output.table(
                ["WHAT DID NOT COME, OR NOT AS IT WAS", "LINE", "WHY"],
                notes.map { [$0.subject, $0.line.map { "\($0)" } ?? "", $0.text] })
        }
        let sentence = all.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
        Output.error(
            options.dryRun
                ? "Nothing was changed. An import from \(source) would give: \(sentence)."
                : "Imported from \(source): \(sentence).")
    }
}

/// Brings another system's accounts.
struct ImportRun {
    let session: Session
    let options: ImportOptions

    /// KiB of the database that are kept in memory: app passwords lie all over it.
    private static let pageCache = 131_072

    /// - Parameter afterwards: Part of the same transaction; gets the domains of new accounts.
    func run<Source: ImportSource>(
        _ source: Source, afterwards: (Store, Set<String>) throws(StoreError) -> Void = { _, _ in }
    ) throws {
        let report = ImportReport(source: Source.name, options)
        let hasher = SlowHasher(session.configuration)
        try report.run(session) { (store) throws(SourceError) in
            let total = try storing { () throws(StoreError) in try source.countAccounts() }
            guard total > 0 else { throw .unusable("the source has no accounts") }
            var progress = Progress("accounts", of: total)
            var importer = AccountImporter(
                source: Source.name, store: store, keys: session.keys,
                hasher: ImportedHasher(
                    keys: session.keys, memoryLimit: UInt32(session.configuration.hashMemoryLimit),
                    make: { secret throws(HashError) in try hasher.make(secret) }),
                now: .now(), makeChange: { session.change(subject: $0, $1, $2) }, enter: report.enter,
                note: report.note)
            try storing { () throws(StoreError) in
                try store.setPageCache(kibibytes: Self.pageCache)
                try source.eachAccount(
                    { (account) throws(StoreError) in
                        try importer.take(account)
                        progress.step()
                    }, note: report.note)
            }
            try importer.finish()
            try storing { () throws(StoreError) in try afterwards(store, report.newDomains) }
        }
    }

    private func storing<R>(_ body: () throws(StoreError) -> R) throws(SourceError) -> R {
        do throws(StoreError) { return try body() } catch { throw .store(error) }
    }
}

extension CommandFailure {
    init(source error: SourceError) { self.init(.badInput, "\(error.explanation). Nothing was imported.") }
}
