import Administration
import ArgumentParser
import Credentials
import Imports

struct ImportMailu: ParsableCommand {
    private static let tokensItem = ImportMark.domainItems + "tokens required"

    static let configuration = CommandConfiguration(
        commandName: "mailu",
        abstract: "Import users, aliases and tokens from Mailu.",
        discussion: "docs/from-mailu.md describes each step.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions
    @Flag(help: "Mailu's AUTH_REQUIRE_TOKENS is on: let the policy of each domain require app passwords.")
    var tokensRequired = false
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in try Mailu(database.read(Mailu.tables, of: Mailu.name)) }
        let session = try Session(global)
        try ImportRun(session: session, options: options).run(source) { (store, report) throws(StoreError) in
            // Only once for each domain: a policy that is set in Postern afterwards stays.
            for domain in tokensRequired ? report.domains.sorted() : []
            where try store.importMarks(source: Mailu.name, of: domain)[Self.tokensItem] == nil {
                try store.setPolicy(
                    PolicyChange(Policy(appPasswordsRequired: true)), domain: domain,
                    change: session.admin.change(
                        domain, "domain policy", "imported from \(Mailu.name): app passwords required"))
                try store.setImportMarks(
                    [Self.tokensItem: ImportMark(digest: [])], source: Mailu.name, of: domain)
                report.note(ImportNote(domain, "its policy requires app passwords from now on"))
            }
        }
    }
}
