import ArgumentParser
import Authentication
import Credentials

/// Who is being guessed at, from where; and where somebody had the right main password who should not.
struct ReportGuesses: ParsableCommand {
    private struct View: Encodable {
        /// Empty: a name that no account can have.
        let account: String
        let network: String
        let secrets: Int
        let attempts: Int
        let refused: Int
        let codes: Int
        let since: String
        let last: String
    }

    private struct AlarmView: Encodable {
        let account: String
        let network: String
        let at: String
    }

    private struct Report: Encodable {
        let guesses: [View]
        let alarms: [AlarmView]
        let oldMainPasswords: [OldMainPasswordView]
    }

    static let configuration = CommandConfiguration(
        commandName: "guesses",
        abstract: "Wrong secrets within guess_window, alarms, and devices with an old main password.",
        discussion: """
            An alarm is a right main password, refused, from a network that is new to the account, two weeks or more after
            its second factor was switched on: by then its own programs have app passwords.
            A device with an old main password sends the one before the present one. Give it an app password.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only this account.") var account: String?
    @Option(help: "Alarms since this date or in this time (2027-01-31, 7d); otherwise of 30 days.") var since: Moment?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let session = try Session(global)
        let name = try account.map { try session.recordedName($0) }
        let throttling = Throttling(session.configuration)
        let now = Timestamp.now()
        let alarmsSince = since?.beginning(to: now) ?? now.adding(seconds: -30 * 86_400)
        let window = throttling.window(at: now)
        let (groups, alarms, formers) = try session.storing { (store) throws(StoreError) in
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
        if json { return try Output.json(report) }
        Output.table(
            ["ACCOUNT", "NETWORK", "SECRETS", "ATTEMPTS", "REFUSED", "CODES", "SINCE", "LAST NEW"],
            report.guesses.map {
                [
                    $0.account.isEmpty ? "(malformed)" : $0.account, $0.network, "\($0.secrets)", "\($0.attempts)",
                    "\($0.refused)",
                    "\($0.codes)", $0.since, $0.last,
                ]
            })
        if !report.alarms.isEmpty {
            Output.line("")
            Output.table(["ALARM", "ACCOUNT", "NETWORK"], report.alarms.map { [$0.at, $0.account, $0.network] })
        }
        if !report.oldMainPasswords.isEmpty {
            Output.line("")
            OldMainPasswordView.printTable(report.oldMainPasswords)
        }
    }
}
