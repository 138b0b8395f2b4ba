import Administration
package import ArgumentParser
import Glibc

/// `postern`, the operator's command.
package struct PosternCommand: ParsableCommand {
    /// The command's name, version and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "postern",
        abstract: "Decide who may sign in to a mail server: app passwords for mail programs, two factors for people.",
        version: "0.1.0",
        subcommands: [
            InitCommand.self, AccountCommand.self, DomainCommand.self, AppPasswordCommand.self,
            SecondFactorCommand.self, CheckCommand.self, ReportCommand.self, ThrottleCommand.self, ImportCommand.self,
            ExportCommand.self, BackupCommand.self, CopyCommand.self, MigrateCommand.self, KeyCommand.self,
            HashCommand.self,
            ConfigCommand.self, DoctorCommand.self, NotifyCommand.self,
        ])

    @OptionGroup var global: GlobalOptions

    /// Needed by ArgumentParser.
    package init() {}

    /// Runs a command line and returns the exit status.
    package static func run(_ arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            guard Output.isComplete else {
                throw CommandFailure(.tryLater, "standard output could not be written")
            }
            return 0
        } catch let failure as CommandFailure {
            return end(with: failure)
        } catch let error as AdministrationError {
            return end(with: CommandFailure(error))
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty { code == .success ? Output.line(text) : Output.error(text) }
            return code.rawValue
        }
    }

    private static func end(with failure: CommandFailure) -> Int32 {
        if !failure.text.isEmpty { Output.error("postern: \(failure.text)") }
        return failure.exitCode.rawValue
    }
}
