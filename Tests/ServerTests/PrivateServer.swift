import Credentials
import Foundation
import Synchronization
import TestSupport

/// A private mail server on loopback, as one of the scripts in `Tests/Servers` starts it.
class PrivateServer {
    let directory = TemporaryDirectory()
    private let processID: Int32
    private var daemonID: Int32?
    /// The processes of the server's own system log, if it has one.
    private let otherIDs: [Int32]

    final var root: String { directory.file("root") }
    final var authLog: String { root + "/log/auth.log" }

    /// - Parameter command: Makes the command of the script from the root directory. It prints the process id of the
    ///   server, and that of posternd where there is one.
    init(_ command: (_ root: String) -> [String]) throws {
        try FileManager.default.createDirectory(
            atPath: directory.file("root"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        let started = try run(command(directory.file("root")))
        let ids = started.output.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        guard started.status == 0, let id = ids.first else { throw TestFailure("no server: \(started.error)") }
        processID = id
        daemonID = ids.dropFirst().first
        otherIDs = Array(ids.dropFirst(2))
    }

    /// The command that starts a server by a script, with a system log of its own.
    ///
    /// - Parameter command: The script's path, the root directory among its arguments.
    static func withSyslog(_ root: String, _ command: [String]) -> [String] {
        let script = command[0].split(separator: "/").last.map(String.init) ?? ""
        return [Repository.file("Tests/Servers/with-syslog"), root, script] + command.dropFirst()
    }

    /// The log of facility mail, if the server has a system log.
    final var mailLog: String { root + "/log/mail.log" }

    deinit {
        end(processID)
        stopDaemon()
        otherIDs.forEach(end)
    }

    final func stopDaemon() {
        if let daemonID { end(daemonID) }
        daemonID = nil
    }

    /// Starts posternd again.
    ///
    /// - Parameter socket: The daemon has started when this socket accepts a connection.
    final func startDaemon(waitingFor socket: String) throws {
        let started = try run([
            "/bin/sh", "-c", #""$0" --config "$1" >/dev/null 2>&1 & echo $!"#, root + "/usr/sbin/posternd",
            root + "/postern.conf",
        ])
        daemonID = Int32(started.output.trimmingCharacters(in: .whitespacesAndNewlines))
        guard try eventually({ (try? LineClient(path: socket)) != nil }) else {
            throw TestFailure("posternd did not come up")
        }
    }

    private func end(_ processID: Int32) {
        kill(processID, SIGTERM)
        for _ in 0..<100 where kill(processID, 0) == 0 { usleep(50_000) }
    }

    final func open() throws -> (store: Store, keys: Keys) {
        let keys = try KeyFile.load(path: root + "/etc/key")
        return (try Store(.file(path: root + "/var/postern.db"), keys: keys), keys)
    }

    /// The command line of `postern` for this server.
    final func posternCommand(_ arguments: [String]) -> [String] {
        [root + "/usr/bin/postern", "--config", root + "/postern.conf"] + arguments
    }

    /// The database, as another program sees it.
    final var stored: StoredDatabase { StoredDatabase(path: root + "/var/postern.db") }

    /// Runs a command that a test is about: it looks at the result.
    final func postern(_ arguments: [String], input: String = "") throws -> CommandResult {
        try run(posternCommand(arguments), input: input)
    }

    /// Runs a command that a test needs for what it does next.
    ///
    /// - Returns: Standard output.
    /// - Throws: `TestFailure` with the command and its standard error, if its status is not 0.
    @discardableResult
    final func perform(_ arguments: [String], input: String = "") throws -> String {
        try requireSuccess(posternCommand(arguments), input: input)
    }

    /// Adds account alice@example.org; gives files with an app password of hers and with her main password.
    final func addAlice(password: String = "main secret") throws -> (appPassword: String, mainPassword: String) {
        try perform(["account", "add", "alice@example.org", "--password-stdin"], input: password)
        let made = try perform(["app-password", "create", "alice@example.org", "--name", "Phone"])
        return (try directory.write(made, to: "app-password"), try directory.write(password, to: "main-password"))
    }

    private static let given = Mutex<Set<Int>>([])

    /// Ports that are free, and were not given to another test, which may not have opened its port yet.
    static func freePorts(_ count: Int) throws -> [Int] {
        var ports: [Int] = []
        var sockets: [Int32] = []
        defer { sockets.forEach { close($0) } }
        while ports.count < count {
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
            let port = Int(UInt16(bigEndian: address.sin_port))
            if given.withLock({ $0.insert(port).inserted }) { ports.append(port) }
        }
        return ports
    }
}
