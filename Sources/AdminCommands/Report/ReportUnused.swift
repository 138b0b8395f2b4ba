import ArgumentParser
import Credentials

struct ReportUnused: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unused", abstract: "List app passwords that were not used recently.",
        discussion: """
            App passwords that were made since then are not listed. 'app-password revoke --unused-since' revokes those
            of an account.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Since this date or in this time (2027-01-31, 180d); by default 90 days.") var since: TimeArgument?
    @OptionGroup var report: AppPasswordReport

    func run() throws {
        let now = Timestamp.now()
        let time = since?.beginning(to: now) ?? now.adding(seconds: -90 * 86_400)
        try report.run(global) { max($0.created, $0.lastUse ?? $0.created) < time }
    }
}
