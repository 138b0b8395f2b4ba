import Administration
import ArgumentParser
import Authentication
import Credentials

/// Guesses by account and network, alarms about right main passwords, and devices with an old main password.
struct ReportGuesses: ParsableCommand {
    private struct View: ListEntry {
        static let headings = ["ACCOUNT", "NETWORK", "SECRETS", "ATTEMPTS", "REFUSED", "CODES", "SINCE", "LAST NEW"]

        /// Empty for names that no account can have.
        let account: String
        let network: String
        let secrets: Int
        let attempts: Int
        let refused: Int
        let codes: Int
        let since: String
        let last: String

        var cells: [String] {
            [
                account.isEmpty ? "(malformed)" : account, network, "\(secrets)", "\(attempts)", "\(refused)",
                "\(codes)", since, last,
            ]
        }
    }

    private struct AlarmView: ListEntry {
        static let headings = ["ALARM", "ACCOUNT", "NETWORK"]

        let account: String
        let network: String
        let at: String

        var cells: [String] { [at, account, network] }
    }

    private struct Report: Encodable {
        let guesses: [View]
        let alarms: [AlarmView]
        let oldMainPasswords: [OldMainPasswordView]
    }

    static let configuration = CommandConfiguration(
        commandName: "guesses",
        abstract: "List wrong secrets within guess_window, alarms, and devices with an old main password.",
        discussion: """
            An alarm is a right main password that was refused, from a network that is new to the account, two weeks or
            more after its second factor was switched on: by then its own programs have app passwords. A device with
            an old main password still sends the previous one: it needs an app password.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only this account.") var account: String?
    @Option(help: "Alarms since this date or in this time (2027-01-31, 7d); by default 30 days.")
    var since: TimeArgument?
    @OptionGroup var list: ListOptions

    func validate() throws {
        if list.chosen == .csv || list.chosen == .jsonl {
            throw ValidationError("This report has three lists; use --format table or json.")
        }
    }

    func run() throws {
        let session = try Session(global)
        let name = try account.map { try session.admin.recordedName($0) }
        let throttling = Throttling(session.configuration)
        let now = Timestamp.now()
        let alarmsSince = since?.beginning(to: now) ?? now.adding(seconds: -30 * 86_400)
        let window = throttling.window(at: now)
        let (groups, alarms, formers) = try session.admin.storing { (store) throws(StoreError) in
            (
                try store.guessGroups(window), try store.alarms(since: alarmsSince),
                try store.formerUses(account: name, window)
            )
        }
        let report = Report(
            guesses: groups.filter { name == nil || $0.account == name }.map {
                View(
                    account: $0.account,
                    network: $0.network.description,
                    secrets: $0.tally.count, attempts: $0.attempts, refused: $0.refused, codes: $0.codes,
                    since: $0.tally.first.iso8601, last: $0.tally.last.iso8601)
            },
            alarms: alarms.filter { name == nil || $0.account == name }.map {
                AlarmView(account: $0.account, network: $0.network.description, at: $0.at.iso8601)
            }, oldMainPasswords: formers.map(OldMainPasswordView.init))
        if list.chosen == .json { return try Output.json(report) }
        Output.table(report.guesses)
        if !report.alarms.isEmpty {
            Output.line("")
            Output.table(report.alarms)
        }
        if !report.oldMainPasswords.isEmpty {
            Output.line("")
            Output.table(report.oldMainPasswords)
        }
    }
}
