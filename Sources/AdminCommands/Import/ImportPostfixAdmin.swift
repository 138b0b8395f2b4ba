import ArgumentParser
import Credentials
import Imports

struct ImportPostfixAdmin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postfixadmin",
        abstract: "Import mailboxes, aliases, app passwords and TOTP seeds from PostfixAdmin.",
        discussion: "docs/from-postfixadmin.md describes each step.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions
    @Option(help: "The prefix of its table names (its database_prefix).") var prefix = ""
    @OptionGroup var scheme: SchemeOption
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in
            try PostfixAdmin(
                database.read(PostfixAdmin.tables, of: PostfixAdmin.name, prefix: prefix),
                defaultScheme: scheme.defaultScheme, now: .now())
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }
}
