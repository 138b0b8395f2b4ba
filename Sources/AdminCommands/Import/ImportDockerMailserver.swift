import ArgumentParser
import Imports

struct ImportDockerMailserver: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docker-mailserver",
        abstract: "Import accounts and aliases from docker-mailserver.",
        discussion: "The files are in its folder docker-data/dms/config.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "postfix-accounts.cf.") var file: String
    @Option(help: "postfix-virtual.cf, if there is one.") var virtual: String?
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in
            var source = DockerMailserver()
            try source.read(accounts: FilePieces.all(of: file))
            if let virtual { try source.read(virtual: FilePieces.all(of: virtual)) }
            return source
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }
}
