import Foundation
import TestSupport

/// A private Dovecot with the shipped configuration.
final class DovecotServer: PrivateServer {
    /// The variants that `Tests/Servers/start-dovecot` can start.
    enum Kind: String, CaseIterable {
        case checkpassword
        /// Without posternd.
        case local = "checkpassword-local"
        case lua
        case lua24 = "lua-2.4"

        /// The variants that this machine can run.
        static let all = allCases.filter { $0 != .lua24 || Debian13.isInstalled }
        /// Those with posternd.
        static let available = all.filter { $0 != .local }
        static let withLua = available.filter { $0 != .checkpassword }
    }

    private let kind: Kind
    private let extra = TemporaryDirectory()
    let imapPort: Int
    let pop3Port: Int

    var configurationFile: String { root + "/dovecot.conf" }
    var ownLog: String { root + "/log/dovecot.log" }
    var daemonSocket: String { root + "/sockets/dovecot" }

    /// - Parameters:
    ///   - settings: Further Dovecot settings. By default failures have no delay, because tests make hundreds of them.
    ///   - passdb: A further line for Postern's passdb.
    init(
        _ kind: Kind = .checkpassword, settings: String = "auth_failure_delay = 0\n", passdb: String = "",
        syslog: Bool = false
    ) throws {
        self.kind = kind
        let ports = try Self.freePorts(2)
        (imapPort, pop3Port) = (ports[0], ports[1])
        let file = try extra.write(settings, to: "extra.conf")
        try super.init { root in
            let environment = passdb.isEmpty ? [] : ["/usr/bin/env", "POSTERN_TEST_PASSDB=\(passdb)"]
            let command =
                environment + [
                    Repository.file("Tests/Servers/start-dovecot"), kind.rawValue, root, "\(ports[0])", "\(ports[1])",
                    file,
                ]
            return syslog ? Self.withSyslog(root, command) : command
        }
    }

    func doveadm(_ arguments: [String]) throws -> CommandResult {
        let command = ["doveadm", "-c", configurationFile] + arguments
        return try run(kind == .lua24 ? Debian13.exec(root, command) : command)
    }

    enum Answer: Equatable { case granted, denied, unavailable }

    /// `doveadm auth test`: the auth protocol, without a mail protocol around it.
    func authTest(_ user: String, _ password: String, service: String, from address: String?) throws -> Answer {
        let source = address.map { ["-x", "rip=\($0)"] } ?? []
        let result = try doveadm(["auth", "test", "-x", "service=\(service)"] + source + ["--", user, password])
        switch result.status {
        case 0: return .granted
        // An outage ends with 77, too.
        case 77: return result.output.contains("code=temp_fail") ? .unavailable : .denied
        default: return .unavailable
        }
    }
}
