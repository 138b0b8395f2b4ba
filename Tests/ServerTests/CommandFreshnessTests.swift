import Credentials
import Foundation
import TestSupport
import Testing

/// The next answer on an open connection contains what a command has changed, although the daemon answers cached grants
/// without asking the database.
struct CommandFreshnessTests {
    private static let alice = "alice@example.org"
    /// Set to the system's time, which the commands use.
    private static let clock: TestClock = {
        let clock = TestClock()
        clock.advance(seconds: Timestamp.now().seconds - clock.now.seconds)
        return clock
    }()

    /// The effect of a command on the answer for a cached app password.
    private enum Effect {
        /// The command only reads, or changes nothing that such an answer is made from.
        case none
        case denied
        case granted
        /// The answer has another field.
        case field(String)
    }

    /// A command for an account that has signed in with an app password; ID stands for its id. The order matters: some
    /// commands undo the previous one.
    private struct Case {
        let words: String
        let effect: Effect
        var input = ""

        init(_ words: String, _ effect: Effect = .none, input: String = "") {
            self.words = words
            self.effect = effect
            self.input = input
        }
    }

    private static let cases: [Case] = [
        Case("account add bob@example.org --password-stdin", input: "another secret\n"),
        Case("account list"), Case("account show \(alice)"),
        Case("account password \(alice) --password-stdin", input: "one more secret\n"),
        Case("account must-change \(alice)"),
        Case("account disable \(alice)", .denied), Case("account enable \(alice)", .granted),
        Case("account disable \(alice) --until 2999-01-01", .denied), Case("account enable \(alice)", .granted),
        Case("account alias add \(alice) sales@example.org"), Case("account alias list \(alice)"),
        Case("account alias remove \(alice) sales@example.org"), Case("account send-as \(alice) any"),
        Case("account policy \(alice) --services pop3", .denied),
        Case("account policy \(alice) --services domain", .granted),
        Case("account policy \(alice) --app-passwords required --second-factor required", .granted),
        Case("account mailbox \(alice) --uid 7 --field quota=a", .field("userdb_uid=7 ")),
        Case("account mailbox \(alice) --reset", .granted),
        Case("domain policy example.org --services pop3", .denied),
        Case("domain policy example.org --services all", .granted), Case("domain show example.org"),
        Case("domain mailbox example.org --gid 8", .field("userdb_gid=8 ")),
        Case("domain mailbox example.org --reset", .granted),
        Case("app-password create \(alice) --name Tablet"), Case("app-password list \(alice)"),
        Case("app-password disable \(alice) ID", .denied), Case("export jsonl"),
        Case("app-password enable \(alice) ID", .granted), Case("app-password rotate \(alice) ID"),
        Case("second-factor external on \(alice)"), Case("second-factor status \(alice)"),
        Case("second-factor external off \(alice)"),
        Case("check \(alice) --service imap --address 192.0.2.1", input: "wrong\n"),
        Case("report unused"), Case("report expiring"), Case("report sign-ins"), Case("report guesses"),
        Case("report changes"), Case("report hashes"), Case("throttle list"),
        Case("export passwd-file"), Case("config show"), Case("config check"),
        Case("app-password revoke \(alice) ID", .denied),
    ]

    /// Commands that other tests run, or that cannot be run in this table.
    private static let elsewhere: Set<String> = [
        "init", "copy", "migrate", "second-factor enroll", "second-factor confirm", "second-factor remove",
        "second-factor recovery-codes", "import mailcow", "import mailu", "import postfixadmin", "import iredmail",
        "import docker-mailserver", "import passwd-file", "import jsonl", "backup", "key rotate", "hash tune", "doctor",
        "notify", "account remove", "throttle release",
    ]

    /// A new command must be added to `cases` or `elsewhere`.
    @Test func noCommandIsForgotten() throws {
        struct Help: Decodable {
            struct Command: Decodable {
                let commandName: String
                let subcommands: [Command]?

                var leaves: [String] {
                    let own = (subcommands ?? []).filter { $0.commandName != "help" }
                    return own.isEmpty ? [commandName] : own.flatMap { $0.leaves.map { "\(commandName) \($0)" } }
                }
            }
            let command: Command
        }
        let help = try run([Repository.program("postern"), "--experimental-dump-help"])
        let all = try JSONDecoder().decode(Help.self, from: Data(help.output.utf8)).command.leaves
            .map { String($0.dropFirst("postern ".count)) }
        #expect(all.count > 50)
        let here = all.filter { leaf in Self.cases.contains { ($0.words + " ").hasPrefix(leaf + " ") } }
        #expect(Set(all).subtracting(here) == Self.elsewhere)
    }

    private struct House {
        let installation: ProgramInstallation
        let clients: [AuthClient]

        init(_ installation: ProgramInstallation) throws {
            self.installation = installation
            clients = try (0..<4).map { _ in try AuthClient(installation.dovecotSocket) }
        }

        /// The next answer on each connection.
        func answers(_ user: String, _ secret: String) throws -> Set<String> {
            try Set(clients.map { try $0.reply(user, secret) + " " })
        }

        /// Runs a command, and gives back its standard output; `check` may refuse what it is asked.
        @discardableResult
        func perform(_ words: [String], input: String = "") throws -> String {
            let ended = try installation.postern(words, input: input)
            guard ended.status == 0 || words[0] == "check" else { throw TestFailure("\(words): \(ended.error)") }
            return ended.output
        }
    }

    @Test(arguments: [1, 2]) func commands(_ loops: Int) async throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled)
        try installation.addAccount()
        let secret = try installation.createAppPassword()
        try await withDaemon(installation, clock: Self.clock, loops: loops) { _ in
            let house = try House(installation)
            let id = try installation.appPasswordID(Self.alice)
            let granted = try house.answers(Self.alice, secret)
            #expect(granted.count == 1 && granted.allSatisfy { $0.hasPrefix("OK ") })
            var last = granted
            for one in Self.cases {
                try house.perform(
                    one.words.split(separator: " ").map { $0 == "ID" ? id : String($0) }, input: one.input)
                let answers = try house.answers(Self.alice, secret)
                let isExpected =
                    switch one.effect {
                    case .none: answers == last
                    case .granted: answers == granted
                    case .denied: answers.allSatisfy { $0.hasPrefix("FAIL ") && !$0.contains("temp_fail") }
                    case .field(let field): answers.allSatisfy { $0.hasPrefix("OK ") && $0.contains(field) }
                    }
                #expect(isExpected, "\(one.words): \(answers)")
                last = answers
            }
        }
    }

    /// The account is removed, and imported again from an export; then the daemon has older keys than the database.
    @Test func removalAndKeys() async throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled)
        try installation.addAccount()
        let secret = try installation.createAppPassword()
        try await withDaemon(installation, clock: Self.clock) { _ in
            let house = try House(installation)
            func isGranted() throws -> [Bool] { try house.answers(Self.alice, secret).map { $0.hasPrefix("OK ") } }
            #expect(try isGranted() == [true])
            let export = installation.directory.file("export")
            try house.perform(["export", "jsonl"]).write(toFile: export, atomically: true, encoding: .utf8)
            try house.perform(["account", "remove", Self.alice])
            #expect(try isGranted() == [false])
            try house.perform(["import", "jsonl", export])
            #expect(try isGranted() == [true])
            try house.perform(["key", "rotate"])
            #expect(try house.answers(Self.alice, secret).allSatisfy { $0.contains("temp_fail") })
        }
    }

    /// The second run of each importer, from a source in which the account is missing.
    @Test func imports() async throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled)
        let directory = installation.directory
        let sources: [(system: String, tables: String, row: String)] = [
            (
                "mailcow",
                """
                CREATE TABLE mailbox (username, password, domain, attributes, authsource, kind, active);
                CREATE TABLE app_passwd (id, name, mailbox, password, active); CREATE TABLE domain (domain, active);
                CREATE TABLE tfa (username, authmech, secret, active); INSERT INTO domain VALUES ('mailcow.example', 1);
                """, "INSERT INTO mailbox VALUES ('USER', '{PLAIN}x', 'mailcow.example', '{}', 'mailcow', '', 1);"
            ),
            (
                "mailu",
                """
                CREATE TABLE user (email, password, enabled, enable_imap, enable_pop);
                CREATE TABLE token (id, user_email, password, ip, comment, created_at);
                """, "INSERT INTO user VALUES ('USER', '{PLAIN}x', 1, 1, 1);"
            ),
            (
                "postfixadmin", "CREATE TABLE mailbox (username, password, domain, active);",
                "INSERT INTO mailbox VALUES ('USER', '{PLAIN}x', 'postfixadmin.example', 1);"
            ),
            (
                "iredmail",
                """
                CREATE TABLE mailbox (username, password, domain, allow_nets, active);
                CREATE TABLE domain (domain, active, backupmx); INSERT INTO domain VALUES ('iredmail.example', 1, 0);
                CREATE TABLE forwardings (address, forwarding, is_list, is_alias, active);
                """, "INSERT INTO mailbox VALUES ('USER', '{PLAIN}x', 'iredmail.example', NULL, 1);"
            ),
            ("passwd-file", "", "USER:{PLAIN}x::::::"), ("docker-mailserver", "", "USER|{PLAIN}x|"),
        ]
        func write(_ system: String, _ tables: String, _ row: String, _ users: [String]) throws -> String {
            let rows =
                users.map { row.replacing("USER", with: "\($0)@\(system).example") }.joined(separator: "\n") + "\n"
            let path = directory.file(system)
            try? FileManager.default.removeItem(atPath: path)
            guard !tables.isEmpty else { return try directory.write(rows, to: system) }
            let made = try run(["sqlite3", path], input: tables + rows)
            #expect(made.status == 0, "\(made.error)")
            return path
        }
        let others = (0..<9).map { "other\($0)" }
        try await withDaemon(installation, clock: Self.clock) { _ in
            let house = try House(installation)
            for (system, tables, row) in sources {
                let user = "alice@\(system).example"
                func bring(_ users: [String]) throws {
                    let path = try write(system, tables, row, users)
                    try house.perform(["import", system, "--disable-missing", path])
                }
                try bring(["alice"] + others)
                let secret = try installation.createAppPassword(user)
                for _ in 0..<2 {
                    #expect(try house.answers(user, secret).allSatisfy { $0.hasPrefix("OK ") }, "\(system)")
                }
                try bring(others)
                #expect(try house.answers(user, secret).allSatisfy { $0.hasPrefix("FAIL ") }, "\(system)")
            }
        }
    }
}
