import Administration
import ArgumentParser
import Credentials

struct AccountRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove an account with its app passwords and aliases. Mail is not touched.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let admin = try Session(global).admin
        try admin.remove(admin.account(address).name)
    }
}
