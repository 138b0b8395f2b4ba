import ArgumentParser
import Authentication
import Credentials

struct ThrottleList: ParsableCommand {
    private struct View: Encodable {
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
    }

    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Who has to wait now, why, and until when.",
        discussion: """
            A network waits with all accounts that never signed in from it; an account waits for all networks that it never
            signed in from. Generated app passwords never wait.
            """)

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let session = try Session(global)
        let throttling = Throttling(session.configuration)
        let views = try session.storing { (store) throws(StoreError) in
            try throttling.waiting(now: .now(), store).map(View.init)
        }
        if json { return try Output.json(views) }
        Output.table(
            ["ACCOUNT", "NETWORK", "SCOPE", "GUESSES", "SINCE", "NEXT TRY"],
            views.map {
                let account = $0.account.map { $0.isEmpty ? "(malformed)" : $0 } ?? "any not known there"
                return [account, $0.network ?? "any not known to it", $0.scope, "\($0.guesses)", $0.since, $0.nextTry]
            })
    }
}
