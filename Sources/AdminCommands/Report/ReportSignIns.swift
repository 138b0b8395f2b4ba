import ArgumentParser
import Credentials

/// The history of granted sign-ins.
struct ReportSignIns: ParsableCommand {
    private struct View: Encodable {
        let account: String
        let credential: String
        let service: String
        let network: String
        let since: String
        let last: String
        let times: Int64

        init(_ record: Store.SignInRecord) {
            account = record.account
            credential = record.credential
            service = record.service
            network = record.network.description
            since = record.first.iso8601
            last = record.last.iso8601
            times = record.count
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "sign-ins",
        abstract: "Who signed in, with what, for what and from where.",
        discussion: """
            One entry for each network, credential (the id of an app password, or 'main') and service. Sign-ins within the
            same minute count once. Entries go when they were not used for sign_ins_kept; to keep them elsewhere, have cron
            run 'postern report sign-ins --before 150d --json-lines' often enough.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only this account.") var account: String?
    @Option(help: "Only those last used since this date or in this time (2027-01-31, 7d).") var since: Moment?
    @Option(help: "Only those last used before this date or longer ago than this time.") var before: Moment?
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print one JSON object a line.") var jsonLines = false

    func run() throws {
        let session = try Session(global)
        let name = try account.map { try Session.name($0, session.configuration) }
        let now = Timestamp.now()
        var views: [View] = []
        try session.storing { (store) throws(StoreError) in
            try store.eachSignIn(
                account: name, since: since?.beginning(to: now), before: before?.beginning(to: now)
            ) { record in
                let view = View(record)
                if jsonLines { Output.jsonLine(view) } else { views.append(view) }
            }
        }
        if jsonLines { return }
        if json { return try Output.json(views) }
        Output.table(
            ["ACCOUNT", "CREDENTIAL", "SERVICE", "NETWORK", "SINCE", "LAST", "TIMES"],
            views.map { [$0.account, $0.credential, $0.service, $0.network, $0.since, $0.last, "\($0.times)"] })
    }
}
