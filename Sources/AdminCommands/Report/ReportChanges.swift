import Administration
import ArgumentParser
import Credentials

struct ReportChanges: ParsableCommand {
    private struct View: ListEntry {
        static let headings = ["AT", "BY", "SUBJECT", "ACTION", "DETAIL"]

        let at: String
        let actor: String
        let subject: String
        let action: String
        let detail: String
        var cells: [String] { [at, actor, subject, action, detail] }
    }

    static let configuration = CommandConfiguration(
        commandName: "changes",
        abstract: "List who changed what, and when. The record is kept for two years and never contains a secret.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only changes of this account or domain.") var subject: String?
    @Option(help: "Only changes since this date or in this time (2027-01-31, 7d).") var since: TimeArgument?
    @OptionGroup var list: ListOptions

    func run() throws {
        let session = try Session(global)
        let found = try session.admin.storing { (store) throws(StoreError) in
            try store.changes(
                subject: subject.map { (try? session.admin.recordedName($0)) ?? $0 },
                since: since?.beginning(to: .now()))
        }
        try list.print(
            found.map {
                View(at: $0.at.iso8601, actor: $0.actor, subject: $0.subject, action: $0.action, detail: $0.detail)
            })
    }
}
