import Administration
import ArgumentParser
import Authentication
import Credentials

/// Moves a store from a file to a database server, or back.
struct CopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy everything to a database server, or from one to a file.",
        discussion: """
            Stop posternd on every machine before: what is changed after the copy is not in it. The other database is made if
            it is missing, and must be empty. Guesses, sign-ins, sessions and the change record are copied, too. The key file
            stays the same. The database that was copied is left as it is.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "The other database, as in the setting 'database'.") var to: String

    func run() throws {
        let configuration = try Session.configuration(global)
        let other: Configuration
        do throws(ConfigurationError) {
            other = try ConfigurationFile.parse(Array("database = \(to)".utf8), name: "--to")
        } catch {
            throw CommandFailure(.usage, error.explanation)
        }
        let (from, target) = (configuration.store, other.store)
        guard (from.path == nil) != (target.path == nil) else {
            throw CommandFailure(
                .usage, "one of both has to be a file and the other a server; 'postern backup' copies a file")
        }
        if let path = target.path {
            let group = try Installation.group()
            if let directory = other.directory { try Installation.makeDirectory(directory, group: group) }
            try Installation.makeFile(path, mode: 0o660, group: group)
        }
        let keys = try Session.keys(configuration)
        var count: Int?
        do throws(StoreError) {
            try Privileges.drop(toOpen: from.path ?? target.name)
            let source = try Store(from, keys: keys)
            try Store.create(target, keys: keys)
            count = try source.copy(to: try Store(target, keys: keys))
        } catch {
            throw CommandFailure(.store(error))
        }
        guard let count else { throw CommandFailure(.badInput, "\(target.name) is not empty; nothing was copied") }
        Output.error(
            "Copied \(count) rows. Set 'database = \(Printable.text(to))' on every machine, then start posternd.")
    }
}
