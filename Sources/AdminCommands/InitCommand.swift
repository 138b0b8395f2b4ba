import ArgumentParser
import Authentication
import Credentials
import Glibc

/// Makes the directory, the key file, the database and the log file, with the owners and modes of `Installation`.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the key file and the database.",
        discussion: """
            Must be run as root; the group postern must exist. Existing files are kept: neither a key file nor a
            database is ever overwritten.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let configuration = try Session.configuration(global)
        let group = try Installation.group()
        if let directory = configuration.directory { try Installation.makeDirectory(directory, group: group) }
        let isNewKey = try makeKey(configuration, group: group)
        if configuration.logTarget.hasPrefix("/") {
            try Installation.makeFile(configuration.logTarget, mode: 0o660, group: group)
        }
        try makeDatabase(configuration, group: group)
        Output.line("Postern is ready: database \(configuration.database), key file \(configuration.keyFile).")
        if isNewKey {
            Output.line("Back up the key file separately from the database: without it no app password works.")
        }
    }

    private func makeKey(_ configuration: Configuration, group: UInt32) throws -> Bool {
        var status = stat()
        if unsafe stat(configuration.keyFile, &status) == 0 { return false }
        if let path = configuration.store.path, unsafe access(path, F_OK) == 0 {
            throw CommandFailure(
                .tryLater,
                "database \(configuration.database) exists, but its key file \(configuration.keyFile) does not; "
                    + "restore the key file from your backup")
        }
        try Installation.makeParents(of: configuration.keyFile)
        do { try KeyFile.create(path: configuration.keyFile, group: group) } catch {
            throw CommandFailure(.keyFile(error))
        }
        return true
    }

    private func makeDatabase(_ configuration: Configuration, group: UInt32) throws {
        let keys = try Session.keys(configuration)
        // The mode is set before SQLite writes: it gives its log and index files the mode of the database.
        if let path = configuration.store.path { try Installation.makeFile(path, mode: 0o660, group: group) }
        do throws(StoreError) {
            try Privileges.drop(toOpen: configuration.store.name)
            try Store.create(configuration.store, keys: keys)
        } catch {
            throw CommandFailure(.store(error))
        }
    }
}
