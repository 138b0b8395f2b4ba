import Authentication
import Daemon
import Logging
import ServiceLifecycle
import TestSupport

/// Runs the daemon within the test's process, with the test's clock, for the length of the call.
///
/// - Parameter loops: Of a crowd, several loops wait for the same connection, and one finds none, which NIO takes for a
///   mistake when it is built for debugging.
func withDaemon(
    _ installation: ProgramInstallation, clock: TestClock, loops: Int = 1,
    _ body: (AuthClient) throws -> Void
) async throws {
    let configuration = try ConfigurationFile.load(path: installation.configurationFile)
    var logger = Logger(label: "posternd")
    logger.logLevel = .critical
    let service = ServiceGroup(
        services: [PosternService(configuration, logger: logger, clock: { clock.now }, loops: loops)], logger: logger)
    let running = Task { try await service.run() }
    // Other tests may occupy the threads that its tasks need.
    for _ in 0..<600 where (try? AuthClient(installation.dovecotSocket)) == nil {
        try await Task.sleep(for: .milliseconds(100))
    }
    try body(try AuthClient(installation.dovecotSocket))
    await service.triggerGracefulShutdown()
    try await running.value
}
