import Administration
import ArgumentParser
import Authentication
import Credentials
import Glibc

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Make a consistent copy of the database while Postern is in use.",
        discussion: """
            The file must not exist. The key file is not part of the copy, and without it no app password and no TOTP
            seed in a backup is of any use: keep a copy of the key file in another place.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The file to write the copy to.") var file: String

    func run() throws {
        guard try Session.configuration(global).store.path != nil else {
            throw CommandFailure(.usage, "the database is on a server; copy it with the server's own pg_dump")
        }
        let copy = try NewFile(file, consequence: "nothing was copied")
        let configuration: Configuration
        do {
            let session = try Session(global)
            configuration = session.configuration
            var problem: String?
            try session.admin.storing { (store) throws(StoreError) in
                try store.withCopy { part in
                    if !Self.copy(part, to: copy) { problem = systemMessage(errno) }
                }
            }
            if let problem {
                throw CommandFailure(
                    .tryLater,
                    "\(Printable.text(file)): \(problem); the copy is incomplete; remove it and run backup again")
            }
        } catch {
            copy.discard()
            throw error
        }
        Output.error("Database copied to \(file). The key file \(configuration.keyFile) is not part of it.")
    }

    /// Copies a file, its first piece last: until the copy is complete and on the disk, SQLite does not take it for a
    /// database.
    private static func copy(_ part: String, to copy: NewFile) -> Bool {
        let file = unsafe open(part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        var first: [UInt8] = []
        var offset = 0
        while true {
            guard let bytes = readAll(file, limit: piece) else { return false }
            if bytes.isEmpty { break }
            if offset == 0 {
                first = bytes
            } else {
                guard copy.write(bytes, at: offset) else { return false }
            }
            offset += bytes.count
        }
        return copy.synchronize() && copy.write(first, at: 0) && copy.synchronize()
    }

    /// Bytes read at a time.
    private static let piece = 1 << 20
}
