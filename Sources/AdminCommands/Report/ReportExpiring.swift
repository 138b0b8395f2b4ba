import ArgumentParser
import Credentials

struct ReportExpiring: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expiring", abstract: "List app passwords that expire soon or expired recently.",
        discussion: """
            App passwords that expired are listed for as long afterwards as --within looks ahead. Make successors with
            'app-password rotate'.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Up to this date or within this time (2027-01-31, 14d); by default 30 days.")
    var within: TimeArgument?
    @OptionGroup var report: AppPasswordReport

    func run() throws {
        let now = Timestamp.now()
        let latest = try within?.end(from: now) ?? now.adding(seconds: 30 * 86_400)
        let earliest = now.adding(seconds: now.seconds - latest.seconds)
        try report.run(global) { $0.expires.map { (earliest...latest).contains($0) } ?? false }
    }
}
