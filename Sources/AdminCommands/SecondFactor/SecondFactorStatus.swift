import Administration
import ArgumentParser
import Credentials

struct SecondFactorStatus: ParsableCommand {
    private struct View: Encodable {
        let account: String
        let secondFactor: String
        @OrNull var since: String?
        let required: Bool
        @OrNull var pendingSince: String?
        let recoveryCodes: Int
        let unusedRecoveryCodes: Int
    }

    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show whether the second factor is on.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let session = try Session(global)
        let account = try session.admin.account(address)
        let detail = try session.admin.storing { (store) throws(StoreError) in
            try store.secondFactorDetail(account: account.name)
        }
        let view = View(
            account: account.name.text, secondFactor: account.secondFactor.rawValue,
            since: account.secondFactorSince?.iso8601, required: account.secondFactorRequired,
            pendingSince: detail.pendingSince?.iso8601, recoveryCodes: detail.recoveryCodes,
            unusedRecoveryCodes: detail.unusedRecoveryCodes)
        if json { return try Output.json(view) }
        let since = view.since.map { " since \($0)" } ?? ""
        Output.line("second factor: \(view.secondFactor)\(since)\(view.required ? ", required" : "")")
        if let pending = view.pendingSince {
            Output.line("shown but not confirmed yet, since \(pending)")
        }
        if account.secondFactor == .totp {
            Output.line("recovery codes left: \(view.unusedRecoveryCodes) of \(view.recoveryCodes)")
        }
    }
}
