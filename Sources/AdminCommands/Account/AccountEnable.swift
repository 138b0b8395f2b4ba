import Administration
import ArgumentParser
import Credentials

struct AccountEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a disabled account sign in again.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let admin = try Session(global).admin
        try admin.enable(admin.account(address).name)
    }
}
