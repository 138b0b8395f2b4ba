import ArgumentParser
import Authentication
import Credentials

/// Brings the tables on a database server up to date.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the tables on a database server up to date.",
        discussion: """
            Run it once after an upgrade, before the new posternd starts anywhere. Programs of the version before go on with
            the new tables. A database in a file needs no such step: the first program that opens it does it.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let configuration = try Session.configuration(global)
        guard configuration.store.path == nil else {
            Output.error("The database is a file, which every program brings up to date when it opens it.")
            return
        }
        let keys = try Session.keys(configuration)
        do throws(StoreError) {
            try Privileges.drop(toOpen: configuration.store.name)
            try Store.migrate(configuration.store, keys: keys)
        } catch {
            throw CommandFailure(.store(error))
        }
        Output.error("The tables on the server are those of this version.")
    }
}
