import Administration
import ArgumentParser
import Credentials

struct SecondFactorRecoveryCodes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery-codes",
        abstract: "Make ten new recovery codes and show them once. The previous ones are no longer accepted.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let admin = try Session(global).admin
        let account = try admin.account(address)
        try admin.replaceRecoveryCodes(account).show(account.name)
    }
}
