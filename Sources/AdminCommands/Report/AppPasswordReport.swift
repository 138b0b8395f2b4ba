import Administration
import ArgumentParser
import Credentials

/// A report of app passwords: whose they are, and how it is printed.
struct AppPasswordReport: ParsableArguments {
    private struct View: ListEntry {
        static let headings = ["ACCOUNT", "ID", "NAME", "CREATED", "EXPIRES", "LAST USED", "STATE"]

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
    @OptionGroup var list: ListOptions

    func validate() throws {
        if account != nil && domain != nil {
            throw ValidationError("--account and --domain cannot be given together.")
        }
    }

    /// Prints the app passwords for which `isIncluded` is true.
    func run(_ global: GlobalOptions, _ isIncluded: (AppPasswordUse) -> Bool) throws {
        let session = try Session(global)
        let filter: Store.AppPasswordFilter =
            if let account {
                .account(try session.admin.account(account).name)
            } else if let domain {
                .domain(try Administrator.domain(domain))
            } else {
                .all
            }
        var views: [View] = []
        do {
            // The count is for the progress of a long report; one account or domain needs none.
            let total = try session.admin.storing { (store) throws(StoreError) in
                if case .all = filter { try store.countAppPasswords() } else { 0 }
            }
            let now = Timestamp.now()
            var progress = Progress("app passwords", of: total)
            try session.admin.storing { (store) throws(StoreError) in
                try store.eachAppPasswordUse(filter) { use in
                    progress.step()
                    if isIncluded(use) { views.append(View(use, now: now)) }
                }
            }
        }
        try list.print(views)
    }
}
