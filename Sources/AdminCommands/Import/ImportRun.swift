import Authentication
import Credentials
import Imports

/// Brings another system's accounts.
struct ImportRun {
    let session: Session
    let options: ImportOptions

    /// - Parameter afterwards: Part of the same transaction; the report has the domains of the accounts that were imported now or
    ///   before.
    func run<Source: ImportSource>(
        _ source: Source, afterwards: (Store, ImportReport) throws(StoreError) -> Void = { _, _ in }
    ) throws {
        let report = ImportReport(source: Source.name, options)
        let slow = SlowHasher(session.configuration)
        let hasher = ImportedHasher(
            keys: session.keys, memoryLimit: UInt32(session.configuration.hashMemoryLimit),
            // What is only rehearsed is worth no hash.
            make: { secret throws(HashError) in options.dryRun ? "$argon2id$" : try slow.make(secret) })
        try report.run(session) { (store) throws(SourceError) in
            let total = try source.countAccounts()
            guard total > 0 else { throw .unusable("the source has no accounts: is it the right one?") }
            var progress = Progress("accounts", of: total)
            var importer = AccountImporter(
                source: Source.name, store: store, keys: session.keys, permissions: options.permissions,
                former: session.former, makeChange: { session.change(subject: $0, $1, $2) }, enter: report.enter,
                note: report.note)
            try source.eachAccount(
                { (account) throws(SourceError) in
                    do throws(StoreError) { try importer.take(account, keys: session.keys, hasher: hasher) } catch {
                        throw .store(error)
                    }
                    progress.step()
                }, note: report.note)
            guard !importer.seen.isEmpty else {
                throw .unusable("the source has no account that could be imported: is it the right one?")
            }
            try importer.finish()
            try storing { () throws(StoreError) in try afterwards(store, report) }
        }
    }
}

extension Session {
    /// What becomes of a main password that an import replaces.
    var former: Store.FormerChange { configuration.formerPasswordKept > 0 ? .replaced : .none }
}
