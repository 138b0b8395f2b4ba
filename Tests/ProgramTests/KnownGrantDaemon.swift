import TestSupport

/// A daemon that knows the grant of one app password, on connections that stay open.
struct KnownGrantDaemon {
    static let alice = "alice@example.org"

    let installation: ProgramInstallation
    let process: DaemonProcess
    /// More than there are event loops.
    let clients: [AuthClient]
    let secret: String

    /// - Parameter prepare: What is done before it starts.
    init(
        _ given: ProgramInstallation? = nil,
        _ prepare: (ProgramInstallation) throws -> Void = { _ in }
    ) throws {
        installation = try given ?? ProgramInstallation(ProgramInstallation.unthrottled)
        try installation.addAccount()
        secret = try installation.createAppPassword()
        try prepare(installation)
        process = try DaemonProcess(installation)
        clients = try (0..<4).map { [installation] _ in try AuthClient(installation.dovecotSocket) }
    }

    /// What each connection is told next.
    func answers() throws -> [String] { try clients.map { try $0.reply(Self.alice, secret) } }

    var stored: StoredDatabase { installation.stored }
}
