import Administration
import Authentication
import Credentials
import Imports

/// Imports the accounts of another system.
struct ImportRun {
    let session: Session
    let options: ImportOptions

    /// - Parameter afterwards: Part of the same transaction; the report has the domains of the accounts that were
    ///   imported now or before.
    func run<Source: ImportSource>(
        _ source: Source, afterwards: (Store, ImportReport) throws(StoreError) -> Void = { _, _ in }
    ) throws {
        let report = ImportReport(source: Source.name, options)
        let slow = SlowHasher(session.configuration)
        let hasher = ImportedHasher(
            keys: session.keys, memoryLimit: UInt32(session.configuration.hashMemoryLimit),
            // A dry run needs no hash, only its scheme.
            make: { secret throws(HashError) in options.dryRun ? "$argon2id$" : try slow.make(secret) })
        try report.run(session) { (store) throws(SourceError) in
            let total = try source.countAccounts()
            guard total > 0 else { throw .unusable("the source has no accounts; check that it is the right one") }
            var progress = Progress("accounts", of: total)
            var importer = AccountImporter(
                source: Source.name, store: store, keys: session.keys, permissions: options.permissions,
                former: session.former, makeChange: { session.admin.change($0, $1, $2) }, enter: report.enter,
                note: report.note)
            try source.eachAccount(
                { (account) throws(SourceError) in
                    do throws(StoreError) {
                        try importer.importAccount(account, keys: session.keys, hasher: hasher)
                    } catch {
                        throw .store(error)
                    }
                    progress.step()
                }, note: report.note)
            guard !importer.seen.isEmpty else {
                throw .unusable("the source has no account that can be imported; check that it is the right one")
            }
            try importer.finish()
            try storing { () throws(StoreError) in try afterwards(store, report) }
        }
    }
}

extension Session {
    /// Whether a main password that an import replaces is kept as the previous one.
    var former: Store.FormerChange { configuration.formerPasswordKept > 0 ? .replaced : .none }
}
