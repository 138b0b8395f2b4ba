import Administration
import ArgumentParser
import Credentials

struct AccountAliasAdd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Add an alias to an account.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Argument(help: "The alias: an address, or @example.org for a domain.") var alias: String

    func run() throws {
        let admin = try Session(global).admin
        try admin.addAlias(alias, admin.account(address).name)
    }
}
