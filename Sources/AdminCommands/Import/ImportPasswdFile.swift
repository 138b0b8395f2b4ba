import ArgumentParser
import Authentication
import Credentials
import Imports

struct ImportPasswdFile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd-file",
        abstract: "Bring the users of Dovecot's passwd-files.",
        discussion: """
            Give all of them at once: a user of an earlier import that is in none of them any more is disabled. See
            docs/from-passwd-file.md for the whole way.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The files.") var file: [String]
    @OptionGroup var options: ImportOptions

    func run() throws {
        let session = try Session(global)
        var source = PasswdFile(defaultDomain: session.configuration.defaultDomain)
        for path in file {
            let content = try reading { () throws(SourceError) in try FilePieces.all(of: path) }
            do throws(SourceError) { try source.read(content) } catch {
                throw CommandFailure(source: error, in: path)
            }
        }
        try ImportRun(session: session, options: options).run(source)
    }
}
