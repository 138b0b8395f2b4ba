import ArgumentParser
import Credentials

struct SecondFactorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "second-factor",
        abstract: "Whether an account has a second factor.",
        subcommands: [External.self, Status.self])
    @OptionGroup var global: GlobalOptions

    struct External: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Note that a second factor is managed elsewhere, and on or off.",
            discussion: "While it is on, mail programs need an app password: the main password is refused.")

        @OptionGroup var global: GlobalOptions
        @Argument(help: "on or off.") var state: Switch
        @Argument(help: "The account.") var address: String

        func run() throws {
            let session = try Session(global)
            let account = try session.account(address)
            guard account.secondFactor != .totp else {
                throw CommandFailure(.negative, "\(account.name.text) has a second factor that is managed here")
            }
            try session.change(account.name, "second-factor external", state.rawValue) {
                (store, change) throws(StoreError) in
                try store.setExternalSecondFactor(state == .on, account: account.name, change: change)
            }
        }
    }

    struct Status: ParsableCommand {
        private struct View: Encodable {
            let account: String
            let secondFactor: String
            let since: String?
            let required: Bool
        }

        static let configuration = CommandConfiguration(abstract: "Show whether the second factor is on.")

        @OptionGroup var global: GlobalOptions
        @Argument(help: "The account.") var address: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let account = try Session(global).account(address)
            let view = View(
                account: account.name.text, secondFactor: account.secondFactor.rawValue,
                since: account.secondFactorSince?.iso8601, required: account.secondFactorRequired)
            if json { return try Output.json(view) }
            let since = view.since.map { " since \($0)" } ?? ""
            Output.line("second factor: \(view.secondFactor)\(since)\(view.required ? ", required" : "")")
        }
    }
}
