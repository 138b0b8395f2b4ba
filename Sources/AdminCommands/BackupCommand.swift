import ArgumentParser
import Authentication
import Credentials

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Make a consistent copy of the database while everything goes on.",
        discussion: """
            The file must not be there yet. The key file is no part of it: without the key file no app password and no TOTP seed in
            a backup is of any use, so keep a copy of it, apart.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The copy to make.") var file: String

    func run() throws {
        let session = try Session(global)
        do throws(BackupError) { try session.store.backUp(to: file) } catch {
            switch error {
            case .exists(let path): throw CommandFailure(.badInput, "\(path) is there already; give another name")
            case .system(let path, let message): throw CommandFailure(.tryLater, "\(path): \(message)")
            case .store(let error): throw CommandFailure(Unavailability.store(error))
            }
        }
        Output.error("Database copied to \(file). The key file \(session.configuration.keyFile) is not part of it.")
    }
}
