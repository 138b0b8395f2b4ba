package import ArgumentParser
import Authentication
import Credentials
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// `postern-portal [--config FILE]`.
package struct PortalCommand: AsyncParsableCommand {
    /// The command's name and help text.
    package static let configuration = CommandConfiguration(
        commandName: "postern-portal",
        abstract: "Serve the page on which people manage their own app passwords, behind nginx or Caddy.",
        discussion: "Exit status: 0 stopped on request; 75 temporary failure; 78 configuration error.")

    /// Connections at a time; the web server in front has few.
    private static let maxConnections = 512
    /// How long a connection may be silent.
    private static let idleTime = TimeAmount.seconds(15)
    /// Headers of a request; browsers send some twenty.
    private static let maxHeaders = 100

    @Option(help: "Configuration file.") var config: String?

    /// Required by ArgumentParser.
    package init() {}

    /// Parses the arguments of the process and runs the command.
    package static func start() async { await main() }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: `ExitCode`, after a message on standard error, when the configuration or the socket cannot be used.
    package func run() async throws {
        let configuration: Configuration
        do { configuration = try ConfigurationFile.load(path: config) } catch {
            throw stop(error.explanation, EX_CONFIG)
        }
        for (name, value) in [
            ("portal_origin", configuration.portalOrigin), ("account_socket", configuration.accountSocket),
            ("portal_socket", configuration.portalSocket),
        ] where value.isEmpty {
            throw stop("\(name) is not set; postern-portal needs it", EX_CONFIG)
        }
        // The library would remove the socket of a portal that is running.
        if tryConnecting(to: configuration.portalSocket) == 0 {
            throw stop("\(configuration.portalSocket): another program listens on it", EX_TEMPFAIL)
        }
        let logger = Logger(label: "postern-portal") { StreamLogHandler.standardError(label: $0) }
        let pages = try Pages(configuration, logger: logger)
        // Hummingbird says less of itself.
        var quiet = logger
        quiet.logLevel = .warning
        let application = Application(
            router: Routes.router(pages, origin: configuration.portalOrigin, logger: logger),
            server: .http1(
                configuration: .init(
                    idleTimeout: Self.idleTime,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: Visit.maxLength, maxHeaderListSize: Visit.maxLength,
                        maxHeaderFieldCount: Self.maxHeaders))),
            configuration: .init(
                address: .unixDomainSocket(path: configuration.portalSocket),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maxConnections)),
            onServerRunning: { _ in logger.info("listening on \(configuration.portalSocket)") }, logger: quiet)
        do { try await application.runService() } catch {
            throw stop("\(configuration.portalSocket): \(error)", EX_TEMPFAIL)
        }
    }

    private func stop(_ explanation: String, _ status: Int32) -> ExitCode {
        _ = writeAll(STDERR_FILENO, "postern-portal: \(explanation)\n")
        return ExitCode(status)
    }
}
