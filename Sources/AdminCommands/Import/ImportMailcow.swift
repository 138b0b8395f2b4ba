import ArgumentParser
import Imports

struct ImportMailcow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailcow",
        abstract: "Import mailboxes, aliases, app passwords, second factors and last uses from mailcow.",
        discussion: "docs/from-mailcow.md describes each step.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in
            try Mailcow(database.read(Mailcow.tables, of: Mailcow.name))
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }
}
