import Administration
import ArgumentParser
import Authentication
import Credentials

struct ThrottleList: ParsableCommand {
    private struct View: ListEntry {
        static let headings = ["ACCOUNT", "NETWORK", "SCOPE", "GUESSES", "SINCE", "NEXT TRY"]

        @OrNull var account: String?
        @OrNull var network: String?
        let scope: String
        let guesses: Int
        let since: String
        let nextTry: String

        init(_ waiting: Throttling.Waiting) {
            account = waiting.account
            network = waiting.network?.description
            scope = waiting.throttle.scope.rawValue
            guesses = waiting.throttle.guesses
            since = waiting.throttle.since.iso8601
            nextTry = waiting.throttle.until.iso8601
        }

        var cells: [String] {
            [
                account.map { $0.isEmpty ? "(malformed)" : $0 } ?? "all accounts not known from this network",
                network ?? "all networks not known to this account", scope, "\(guesses)", since, nextTry,
            ]
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List who has to wait now, why, and until when.",
        discussion: """
            A network has to wait for all accounts that never signed in from it; an account has to wait on all networks
            that it never signed in from. Generated app passwords never have to wait.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var list: ListOptions

    func run() throws {
        let session = try Session(global)
        let throttling = Throttling(session.configuration)
        let views = try session.admin.storing { (store) throws(StoreError) in
            try throttling.waiting(now: .now(), store).map(View.init)
        }
        try list.print(views)
    }
}
