import Administration
import ArgumentParser
import Credentials

struct AccountAliasRemove: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "Remove an alias of an account.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Argument(help: "The alias: an address, or @example.org for a domain.") var alias: String

    func run() throws {
        let admin = try Session(global).admin
        try admin.removeAlias(alias, admin.account(address).name)
    }
}
