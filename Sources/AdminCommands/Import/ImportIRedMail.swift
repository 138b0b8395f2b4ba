import ArgumentParser
import Imports

struct ImportIRedMail: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iredmail",
        abstract: "Import mailboxes and aliases from iRedMail.",
        discussion: "They are in its database vmail.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var scheme: SchemeOption
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in
            try IRedMail(
                database.read(IRedMail.tables, of: IRedMail.name), defaultScheme: scheme.defaultScheme)
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }
}
