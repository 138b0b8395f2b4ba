import ArgumentParser
import Credentials

struct ReportUnused: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unused", abstract: "App passwords that nobody used for a while.",
        discussion:
            "Those made since then are not among them. 'app-password revoke --unused-since' ends those of an account.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Since this date or in this time (2027-01-31, 180d); otherwise 90 days.") var since: Moment?
    @OptionGroup var selection: AppPasswordReport

    func run() throws {
        let now = Timestamp.now()
        let moment = since?.beginning(to: now) ?? now.adding(seconds: -90 * 86_400)
        try selection.run(global) { max($0.created, $0.lastUse ?? $0.created) < moment }
    }
}

struct ReportExpiring: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expiring", abstract: "App passwords that end soon, or have ended of late.",
        discussion:
            "Ended ones are listed for as long as the time to come; make a successor with 'app-password rotate'.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Up to this date or within this time (2027-01-31, 14d); otherwise 30 days.") var within: Moment?
    @OptionGroup var selection: AppPasswordReport

    func run() throws {
        let now = Timestamp.now()
        let latest = try within?.end(from: now) ?? now.adding(seconds: 30 * 86_400)
        let earliest = now.adding(seconds: now.seconds - latest.seconds)
        try selection.run(global) { $0.expires.map { (earliest...latest).contains($0) } ?? false }
    }
}

/// Of whom, and how it is printed.
struct AppPasswordReport: ParsableArguments {
    private struct View: Encodable {
        let account: String
        let id: String
        let name: String
        let created: String
        @OrNull var expires: String?
        @OrNull var lastUsed: String?
        let state: String

        init(_ use: AppPasswordUse, now: Timestamp) {
            account = use.account
            id = use.id
            name = use.name
            created = use.created.iso8601
            expires = use.expires?.iso8601
            lastUsed = use.lastUse?.iso8601
            let isExpired = use.expires.map { $0 <= now } ?? false
            let state: AppPassword.State = use.isDisabled ? .disabled : isExpired ? .expired : .active
            self.state = state.rawValue
        }

        var cells: [String] { [account, id, name, created, expires ?? "never", lastUsed ?? "never", state] }
    }

    @Option(help: "Only this account.") var account: String?
    @Option(help: "Only accounts of this domain.") var domain: String?
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print comma-separated values.") var csv = false

    func validate() throws {
        if account != nil && domain != nil { throw ValidationError("--account and --domain exclude each other.") }
        if json && csv { throw ValidationError("--json and --csv exclude each other.") }
    }

    func run(_ global: GlobalOptions, _ isMeant: (AppPasswordUse) -> Bool) throws {
        let session = try Session(global)
        let filter: Store.AppPasswordFilter =
            if let account {
                .account(try session.account(account).name)
            } else if let domain {
                .domain(try DomainCommand.name(domain))
            } else {
                .all
            }
        var views: [View] = []
        do {
            // Those of one account, or of a domain, are not worth counting.
            let total = try session.storing { (store) throws(StoreError) in
                if case .all = filter { try store.countAppPasswords() } else { 0 }
            }
            let now = Timestamp.now()
            var progress = Progress("app passwords", of: total)
            try session.storing { (store) throws(StoreError) in
                try store.eachAppPasswordUse(filter) { use in
                    progress.step()
                    if isMeant(use) { views.append(View(use, now: now)) }
                }
            }
        }
        if json { return try Output.json(views) }
        if csv {
            let header = ["account", "id", "name", "created", "expires", "last_used", "state"]
            return Output.csv(header, views.lazy.map { $0.cells })
        }
        Output.table(["ACCOUNT", "ID", "NAME", "MADE", "EXPIRES", "LAST USED", "STATE"], views.map { $0.cells })
    }
}
