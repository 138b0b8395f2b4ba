import Credentials
import Foundation
import TestSupport

/// A private Dovecot with the shipped configuration, as `Tests/Servers/start-dovecot` starts it.
final class DovecotServer {
    /// The words of that script.
    enum Kind: String, CaseIterable {
        case checkpassword
        case lua
        case lua24 = "lua-2.4"

        /// Those that this machine can run.
        static let available = allCases.filter { $0 != .lua24 || Debian13.isInstalled }
    }

    private let kind: Kind
    let directory = TemporaryDirectory()
    let imapPort: Int
    let pop3Port: Int
    private let processID: Int32
    private var daemonID: Int32?

    var root: String { directory.file("root") }
    var configurationFile: String { root + "/dovecot.conf" }
    var authLog: String { root + "/log/auth.log" }
    var ownLog: String { root + "/log/dovecot.log" }

    /// - Parameter settings: Further Dovecot settings. Tests make hundreds of wrong attempts: no delay unless asked for.
    init(_ kind: Kind = .checkpassword, settings: String = "auth_failure_delay = 0\n") throws {
        self.kind = kind
        try FileManager.default.createDirectory(
            atPath: directory.file("root"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        let extra = try directory.write(settings, to: "extra.conf")
        let ports = try Self.freePorts(2)
        (imapPort, pop3Port) = (ports[0], ports[1])
        let started = try run([
            Repository.file("Tests/Servers/start-dovecot"), kind.rawValue, directory.file("root"), "\(imapPort)",
            "\(pop3Port)", extra,
        ])
        let ids = started.output.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        guard started.status == 0, let id = ids.first else {
            throw TestFailure("Dovecot did not start: \(started.error)")
        }
        processID = id
        daemonID = ids.dropFirst().first
    }

    deinit {
        end(processID)
        stopDaemon()
    }

    func stopDaemon() {
        if let daemonID { end(daemonID) }
        daemonID = nil
    }

    func startDaemon() throws {
        let started = try run([
            "/bin/sh", "-c", #""$0" --config "$1" >/dev/null 2>&1 & echo $!"#, root + "/usr/sbin/posternd",
            root + "/postern.conf",
        ])
        daemonID = Int32(started.output.trimmingCharacters(in: .whitespacesAndNewlines))
        guard try eventually({ (try? LineClient(path: root + "/sockets/dovecot")) != nil }) else {
            throw TestFailure("posternd did not come up")
        }
    }

    private func end(_ processID: Int32) {
        kill(processID, SIGTERM)
        for _ in 0..<100 where kill(processID, 0) == 0 { usleep(50_000) }
    }

    func open() throws -> (store: Store, keys: Keys) {
        let keys = try KeyFile.load(path: root + "/etc/key")
        return (try Store(path: root + "/var/postern.db", keys: keys), keys)
    }

    @discardableResult
    func postern(_ arguments: [String], input: String = "") throws -> CommandResult {
        let result = try run([root + "/usr/bin/postern", "--config", root + "/postern.conf"] + arguments, input: input)
        guard result.status == 0 else { throw TestFailure("postern \(arguments): \(result.error)") }
        return result
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
        case 77: return .denied
        default: return .unavailable
        }
    }

    private static func freePorts(_ count: Int) throws -> [Int] {
        var ports: [Int] = []
        var sockets: [Int32] = []
        defer { sockets.forEach { close($0) } }
        for _ in 0..<count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
                }
            }
            guard bound else { throw TestFailure("no free port") }
            ports.append(Int(UInt16(bigEndian: address.sin_port)))
        }
        return ports
    }
}
