import Bytes
import Foundation

/// `posternd` as `make build` leaves it, for an installation.
package final class DaemonProcess {
    private let installation: ProgramInstallation
    private let child: Child
    private var result: CommandResult?
    package var processID: Int32 { child.processID }

    /// Waits until it answers.
    ///
    /// - Parameters:
    ///   - prefix: A command that runs it, such as `prlimit`.
    ///   - configurationFile: Another one than the installation's, with this one socket.
    package init(
        _ installation: ProgramInstallation, prefix: [String] = [], configurationFile: String? = nil,
        waitingFor socket: String? = nil
    ) throws {
        self.installation = installation
        child = try Child(
            prefix + [
                Repository.program("posternd"), "--config", configurationFile ?? installation.configurationFile,
            ])
        let sockets =
            socket.map { [$0] } ?? [
                installation.authSocket, installation.dovecotSocket, installation.policySocket,
                installation.accountSocket,
            ]
        guard try eventually({ sockets.allSatisfy { (try? LineClient(path: $0)) != nil } }) else {
            throw TestFailure("posternd did not come up: \(stop().error)")
        }
    }

    deinit { if result == nil { stop(SIGKILL) } }

    /// Ends it; the second call gives what the first one gave.
    @discardableResult
    package func stop(_ signal: Int32 = SIGTERM) -> CommandResult {
        if let result { return result }
        child.send(signal)
        let ended = child.wait()
        result = ended
        return ended
    }

    package func send(_ signal: Int32) { child.send(signal) }
}

/// A client of the Dovecot auth protocol.
package final class AuthClient {
    package let lines: LineClient
    /// What the server said before DONE.
    package let greeting: [String]
    private var lastID = 0
    /// Id of the request that was sent last.
    package var last: Int { lastID }

    package init(_ path: String) throws {
        lines = try LineClient(path: path)
        var greeting: [String] = []
        while greeting.last != "DONE" { greeting.append(try lines.readLine()) }
        self.greeting = greeting
        send("VERSION\t1\t2\nCPID\t\(getpid())")
    }

    package func send(_ text: String) { lines.send(Array((text + "\n").utf8)) }

    package static func plain(_ user: String, _ password: String, as identity: String = "") -> String {
        String(
            decoding: Base64.encode(Array("\(identity)\0\(user)\0\(password)".utf8), padded: true), as: UTF8.self)
    }

    /// Sends a PLAIN attempt and gives back its id.
    package func begin(
        _ user: String, _ password: String, service: String = "imap", from address: String? = "192.0.2.7"
    ) -> Int {
        lastID += 1
        let source = address.map { "\trip=\($0)" } ?? ""
        send("AUTH\t\(lastID)\tPLAIN\tservice=\(service)\(source)\tresp=\(Self.plain(user, password))")
        return lastID
    }

    /// The server's next line, as fields.
    package func answer() throws -> [String] {
        try lines.readLine().split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }

    /// One attempt and its answer.
    package func attempt(
        _ user: String, _ password: String, service: String = "imap", from address: String? = "192.0.2.7"
    ) throws -> [String] {
        _ = begin(user, password, service: service, from: address)
        return try answer()
    }

    /// One attempt and its answer in one line, without its number.
    package func reply(_ user: String, _ password: String) throws -> String {
        var fields = try attempt(user, password)
        fields.remove(at: 1)
        return fields.joined(separator: " ")
    }
}
