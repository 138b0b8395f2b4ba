import Administration
import ArgumentParser
import Credentials

/// The history of successful sign-ins.
struct ReportSignIns: ParsableCommand {
    private struct View: ListEntry {
        static let headings = ["ACCOUNT", "CREDENTIAL", "SERVICE", "NETWORK", "SINCE", "LAST", "TIMES"]

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

        var cells: [String] { [account, credential, service, network, since, last, "\(times)"] }
    }

    static let configuration = CommandConfiguration(
        commandName: "sign-ins",
        abstract: "List who signed in, with which credential, to which service and from where.",
        discussion: """
            There is one entry for each network, credential (the id of an app password, or 'main') and service. Sign-ins
            within one minute count once. Entries that were not used for sign_ins_kept are deleted; to keep them
            elsewhere, run 'postern report sign-ins --before 150d --format jsonl' regularly from cron.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only this account.") var account: String?
    @Option(help: "Only those last used since this date or in this time (2027-01-31, 7d).") var since: TimeArgument?
    @Option(help: "Only those last used before this date or longer ago than this time.") var before: TimeArgument?
    @OptionGroup var list: ListOptions

    func run() throws {
        let session = try Session(global)
        let name = try account.map { try session.admin.name($0) }
        let now = Timestamp.now()
        var printer = ListPrinter<View>(list)
        try session.admin.storing { (store) throws(StoreError) in
            try store.eachSignIn(
                account: name, since: since?.beginning(to: now), before: before?.beginning(to: now)
            ) { printer.add(View($0)) }
        }
        try printer.finish()
    }
}
