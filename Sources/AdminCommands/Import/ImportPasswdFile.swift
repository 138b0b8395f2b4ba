import ArgumentParser
import Authentication
import Credentials
import Glibc
import Imports

struct ImportPasswdFile: ParsableCommand {
    /// Octets of a file.
    private static let longest = 1 << 30

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
            let content = try Self.content(path)
            do throws(SourceError) { try source.read(content) } catch {
                throw CommandFailure(source: error, in: path)
            }
        }
        try ImportRun(session: session, options: options).run(source)
    }

    private static func content(_ path: String) throws(CommandFailure) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor > STDIN_FILENO { close(descriptor) } }
        guard descriptor >= 0, let content = readAll(descriptor, limit: longest) else {
            throw CommandFailure(.badInput, "\(path) cannot be read: \(systemMessage(errno))")
        }
        return content
    }
}
