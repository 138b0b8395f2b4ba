import ArgumentParser
import Credentials

struct AppPasswordDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Refuse app passwords until they are enabled again.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: AppPasswordSelection

    func run() throws { try selection.apply(.disable, "app-password disable", global) }
}

struct AppPasswordEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Accept disabled app passwords again.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: AppPasswordSelection

    func run() throws { try selection.apply(.enable, "app-password enable", global) }
}

struct AppPasswordRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End app passwords for good, from the very next sign-in on.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: AppPasswordSelection

    func run() throws { try selection.apply(.revoke, "app-password revoke", global) }
}

/// An account and some or all of its app passwords.
struct AppPasswordSelection: ParsableArguments {
    @Argument(help: "The account.") var address: String
    @Argument(help: "Ids, as 'list' shows them.") var ids: [String] = []
    @Flag(help: "All that are not revoked.") var all = false

    func validate() throws {
        if ids.isEmpty != all { throw ValidationError("Give ids or --all.") }
    }

    func apply(_ kind: Store.AppPasswordChange, _ action: String, _ global: GlobalOptions) throws {
        let session = try Session(global)
        let account = try session.account(address).name
        let chosen = all ? nil : Set(ids.map { $0.lowercased() })
        let changed = try session.storing { (store) throws(StoreError) in
            try store.changeAppPasswords(chosen, kind, account: account) { ids in
                session.change(subject: account.text, action, ids.joined(separator: " "))
            }
        }
        guard let changed else {
            throw CommandFailure(
                .negative, "\(account.text) has no such app password, or it is revoked; nothing was changed")
        }
        Output.error("\(changed) app password\(changed == 1 ? "" : "s") of \(account.text) changed.")
    }
}
