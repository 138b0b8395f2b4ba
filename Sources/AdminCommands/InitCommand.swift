import ArgumentParser
import Authentication
import Credentials
import Glibc

/// Makes directory, key file, database and log file with the owners and modes that the contract asks for.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the key file and the database.",
        discussion: "What is there already is kept: a key file is never overwritten, and neither is a database.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let configuration = try Session.configuration(global)
        let group = try Installation.group()
        try Installation.makeDirectory(configuration.directory, group: group)
        let isNewKey = try makeKey(configuration, group: group)
        if configuration.logTarget.hasPrefix("/") {
            try Installation.makeFile(configuration.logTarget, mode: 0o660, group: group)
        }
        try makeDatabase(configuration, group: group)
        Output.line("Postern is ready: database \(configuration.database), key file \(configuration.keyFile).")
        if isNewKey { Output.line("Back the key file up, apart from the database: without it no app password works.") }
    }

    private func makeKey(_ configuration: Configuration, group: UInt32) throws -> Bool {
        var status = stat()
        if unsafe stat(configuration.keyFile, &status) == 0 { return false }
        guard unsafe access(configuration.database, F_OK) != 0 else {
            throw CommandFailure(
                .tryLater,
                "database \(configuration.database) is there but its key file \(configuration.keyFile) is not; "
                    + "restore the key file from your backup")
        }
        try Installation.makeParents(of: configuration.keyFile)
        do { try KeyFile.create(path: configuration.keyFile, group: group) } catch {
            throw CommandFailure(.keyFile(error))
        }
        return true
    }

    private func makeDatabase(_ configuration: Configuration, group: UInt32) throws {
        let keys: Keys
        do throws(KeyFileError) { keys = try KeyFile.load(path: configuration.keyFile) } catch {
            throw CommandFailure(.keyFile(error))
        }
        // The mode before the content: SQLite gives its log and index files the mode of the database.
        try Installation.makeFile(configuration.database, mode: 0o660, group: group)
        do throws(StoreError) {
            try Privileges.drop(toOpen: configuration.database)
            try Store.create(path: configuration.database, keys: keys)
        } catch {
            throw CommandFailure(.store(error))
        }
    }
}
