import ArgumentParser
import Credentials

struct ReportChanges: ParsableCommand {
    private struct View: Encodable {
        let at: String
        let actor: String
        let subject: String
        let action: String
        let detail: String
    }

    static let configuration = CommandConfiguration(
        commandName: "changes",
        abstract: "Who changed what, and when. Kept for two years, and never holds a secret.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only changes of this account or domain.") var subject: String?
    @Option(help: "Only changes since this date or in this time (2027-01-31, 7d).") var since: Moment?
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print one JSON object a line.") var jsonLines = false

    func run() throws {
        let session = try Session(global)
        let found = try session.storing { (store) throws(StoreError) in
            try store.changes(
                subject: subject.map { (try? session.recordedName($0)) ?? $0 }, since: since?.beginning(to: .now()))
        }
        let views = found.map {
            View(at: $0.at.iso8601, actor: $0.actor, subject: $0.subject, action: $0.action, detail: $0.detail)
        }
        if jsonLines { return views.forEach { Output.jsonLine($0) } }
        if json { return try Output.json(views) }
        Output.table(
            ["AT", "BY", "SUBJECT", "ACTION", "DETAIL"],
            views.map { [$0.at, $0.actor, $0.subject, $0.action, $0.detail] })
    }
}
