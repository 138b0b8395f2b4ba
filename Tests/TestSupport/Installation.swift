package import Credentials
import Foundation

/// An installation made by the real `postern`, for the real programs.
package final class ProgramInstallation: Sendable {
    package let directory = TemporaryDirectory()
    package var configurationFile: String { directory.file("postern.conf") }
    /// The setting: the path of the file, unless it is on a server.
    package let database: String
    package var keyFile: String { directory.file("etc/key") }
    package var log: String { directory.file("log/auth.log") }
    package var authSocket: String { directory.file("auth") }
    package var dovecotSocket: String { directory.file("dovecot") }
    package var policySocket: String { directory.file("policy") }
    package var accountSocket: String { directory.file("account") }
    /// For tests that make many wrong attempts and are not about throttling.
    package static let unthrottled = "guess_free = 1000\nguess_account_limit = 10000\n"
    /// Where user dovecot can reach it: the checkout may lie in a home that is closed to others. The program that decides
    /// without posternd is beside it.
    package var checkpassword: String { directory.file("postern-checkpassword") }

    package init(_ settings: String = "", hashPasses: Int = 1, database: String? = nil) throws {
        self.database = database ?? directory.file("var/postern.db")
        try FileManager.default.createDirectory(
            atPath: directory.file("log"), withIntermediateDirectories: true)
        try directory.write(
            """
            database = \(self.database)
            key_file = \(keyFile)
            log_target = \(log)
            auth_socket = \(authSocket)
            dovecot_socket = \(dovecotSocket)
            policy_socket = \(policySocket)
            account_socket = \(accountSocket)
            mail_uid = 5000
            mail_gid = 5000
            hash_memory = 8192
            hash_passes = \(hashPasses)
            \(settings)

            """, to: "postern.conf")
        // By another process: a server that a test starts now would inherit the descriptor, and a program
        // that somebody has open for writing cannot be executed.
        for suffix in ["", "-local"] {
            let built = Repository.program("postern-checkpassword" + suffix)
            let copy = #"ln "$0" "$1" 2>/dev/null || cp "$0" "$1""#
            try requireSuccess(["/bin/sh", "-c", copy, built, checkpassword + suffix])
        }
        try perform(["init"])
    }

    /// Runs a command that a test is about: it looks at the result.
    package func postern(_ arguments: [String], input: String = "") throws -> CommandResult {
        try run([Repository.program("postern"), "--config", configurationFile] + arguments, input: input)
    }

    /// Runs a command that a test needs for what it does next.
    ///
    /// - Returns: Standard output.
    /// - Throws: `TestFailure` with the command and its standard error, if its status is not 0.
    @discardableResult
    package func perform(_ arguments: [String], input: String = "") throws -> String {
        try requireSuccess([Repository.program("postern"), "--config", configurationFile] + arguments, input: input)
    }

    package func addAccount(_ name: String = "alice@example.org", password: String = "main secret") throws {
        try perform(["account", "add", name, "--password-stdin"], input: password + "\n")
    }

    package func createAppPassword(_ account: String = "alice@example.org", _ options: [String] = []) throws -> String {
        try perform(["app-password", "create", account, "--name", "Phone"] + options)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Id of the account's first app password.
    package func appPasswordID(_ account: String) throws -> String {
        let listed = try perform(["app-password", "list", account, "--json"])
        guard let id = listed.firstMatch(of: /"id" *: *"([^"]+)"/) else { throw TestFailure("no id in \(listed)") }
        return String(id.1)
    }

    package func open() throws -> (store: Store, keys: Keys) {
        let keys = try KeyFile.load(path: keyFile)
        return (try Store(StoreLocation(database), keys: keys), keys)
    }

    /// The database, as another program sees it.
    package var stored: StoredDatabase { StoredDatabase(setting: database) }

    /// How many ways in are on record: all, or those that were last used earlier than that.
    package func countSignIns(before time: Timestamp? = nil) throws -> Int {
        var count = 0
        try open().store.eachSignIn(account: nil, since: nil, before: time) { _ in count += 1 }
        return count
    }

    package var logLines: [String] { lines(of: log) }

    /// What is left of a log line after its prefix.
    package func messages() -> [String] { logLines.compactMap(LogLine.message) }
}

/// An auth log line, taken apart as the contract writes it.
package enum LogLine {
    package static func message(_ line: String) -> String? {
        guard let range = line.range(of: #"postern\([^()]*\): "#, options: .regularExpression) else { return nil }
        return String(line[range.upperBound...])
    }
}

/// `postern-checkpassword` as Dovecot runs it: request on descriptor 3, reply on descriptor 4, as user dovecot in group
/// postern, with 256 MiB of address space and no PATH.
package struct Checkpassword {
    private let executable: String
    /// What comes before the reply program.
    package var arguments: [String]
    /// Runs the program, which is in `$@`, with the files `$REQUEST` and `$REPLY`.
    package var script = #"exec "$@" 3<"$REQUEST" 4>"$REPLY""#
    package var environment: [String: String] = ["SERVICE": "imap", "TCPREMOTEIP": "192.0.2.7", "PROTO": "TCP"]
    package var asDovecot = true
    package var limits = ["--as=268435456"]

    /// - Parameter suffix: `-local` for the program that can do without posternd.
    package init(_ installation: ProgramInstallation, suffix: String = "") {
        executable = installation.checkpassword + suffix
        arguments = ["--config", installation.configurationFile]
    }

    package struct Answer: Equatable, Sendable {
        package let status: Int32
        package let wasKilled: Bool
        package let reply: String
        package var error: String
    }

    package func run(_ user: String, _ password: String) throws -> Answer {
        try run(request: Array(user.utf8) + [0] + Array(password.utf8) + [0, 0])
    }

    package func run(request: [UInt8]) throws -> Answer {
        let directory = TemporaryDirectory()
        try Data(request).write(to: URL(filePath: directory.file("request")))
        try directory.write("", to: "reply", mode: 0o666)
        let identity =
            asDovecot ? ["/usr/bin/setpriv", "--reuid=dovecot", "--regid=dovecot", "--groups=postern", "--"] : []
        let program = [executable] + arguments + ["/usr/lib/dovecot/checkpassword-reply"]
        let result = try TestSupport.run(
            ["/bin/sh", "-c", script, "sh", "/usr/bin/prlimit"] + limits + identity + [
                "/usr/bin/env", "-u", "REQUEST", "-u", "REPLY", "-u", "PWD", "-u", "PATH",
            ] + program,
            environment: environment.merging([
                "REQUEST": directory.file("request"), "REPLY": directory.file("reply"),
            ]) { $1 })
        let reply = FileManager.default.contents(atPath: directory.file("reply")) ?? Data()
        return Answer(
            status: result.status, wasKilled: result.wasKilled, reply: String(decoding: reply, as: UTF8.self),
            error: result.error)
    }
}
