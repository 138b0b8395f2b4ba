package import ArgumentParser
import Authentication
import Credentials
import Glibc
import Logging
import SQLite
import ServiceLifecycle
import UnixSignals

/// `posternd [--config FILE] [--check]`.
package struct PosterndCommand: AsyncParsableCommand {
    /// The command's name and help text.
    package static let configuration = CommandConfiguration(
        commandName: "posternd",
        abstract: "Decide who may sign in, for Postfix, Exim and Dovecot.",
        discussion: "Exit status: 0 stopped on request; 75 temporary failure; 78 configuration error.")

    @Option(help: "Configuration file.") var config: String?
    @Flag(help: "Check whether the daemon could start, and exit.") var check = false

    /// Required by ArgumentParser.
    package init() {}

    /// Parses the arguments of the process and runs the command.
    package static func start() async { await main() }

    /// Serves until SIGTERM or SIGINT; with `--check`, only checks that the daemon could start.
    ///
    /// - Throws: `ExitCode`, after a message on standard error, when the configuration, the key file, a socket or the
    ///   database cannot be used.
    package func run() async throws {
        let logger = Logger(label: "posternd") { StreamLogHandler.standardError(label: $0) }
        do {
            let configuration = try ConfigurationFile.load(path: config)
            if check { return try examine(configuration) }
            raiseDescriptorLimit()
            Library.startShared()
            let service = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: PosternService(configuration, logger: logger))],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
            try await service.run()
        } catch let error as ConfigurationError {
            throw stop(error.explanation, EX_CONFIG)
        } catch let error as KeyFileError {
            throw stop(error.explanation, EX_CONFIG)
        } catch let error as ListenError {
            throw stop(error.explanation, EX_CONFIG)
        } catch let error as StoreError {
            throw stop(error.explanation, EX_TEMPFAIL)
        }
    }

    /// Discards what the lifecycle library logs of its own steps; the daemon logs what matters itself.
    private var quiet: Logger { Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() } }

    private func examine(_ configuration: Configuration) throws {
        let keys = try KeyFile.load(path: configuration.keyFile)
        try Privileges.drop(toOpen: configuration.store.name)
        let store = try Store(examining: configuration.store, keys: keys)
        if let server = try store.serverState(), server.standbys.isEmpty {
            _ = writeAll(
                STDERR_FILENO,
                "posternd: the database server waits for no standby: when it fails, revoked app passwords can work again; "
                    + "set synchronous_standby_names there\n")
        }
        if configuration.logTarget == "syslog", let problem = Syslog.problem() {
            _ = writeAll(STDERR_FILENO, "posternd: \(problem); start a system log, or set log_target to a file\n")
        }
        if let problem = MemoryBudget.problem(configuration, processLimit: MemoryBudget.processLimit()) {
            _ = writeAll(STDERR_FILENO, "posternd: \(problem)\n")
        }
        print("configuration, key file and database can be used")
    }

    private func stop(_ explanation: String, _ status: Int32) -> ExitCode {
        _ = writeAll(STDERR_FILENO, "posternd: \(explanation)\n")
        return ExitCode(status)
    }

    /// Raises the soft limit of open files to the hard one, which the unit sets: each connection takes a descriptor.
    private func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
