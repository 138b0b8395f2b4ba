import Administration
import ArgumentParser
import Credentials

/// Selects some or all app passwords of an account.
struct AppPasswordSelection: ParsableArguments {
    @Argument(help: "The account.") var address: String
    @Argument(help: "Ids, as 'list' shows them.") var ids: [String] = []
    @Flag(help: "All that are not revoked.") var all = false

    func validate() throws {
        if ids.isEmpty != all { throw ValidationError("Give either ids or --all.") }
    }

    func apply(_ kind: Store.AppPasswordChange, _ global: GlobalOptions) throws {
        try Self.apply(kind, to: all ? .all : .ids(ids), of: address, global)
    }

    static func apply(
        _ kind: Store.AppPasswordChange, to choice: Administrator.AppPasswordChoice, of address: String,
        _ global: GlobalOptions
    ) throws {
        let admin = try Session(global).admin
        let account = try admin.account(address).name
        let changed = try admin.changeAppPasswords(choice, kind, account)
        Output.error("\(changed) app password\(changed == 1 ? "" : "s") of \(account.text) changed.")
    }
}
