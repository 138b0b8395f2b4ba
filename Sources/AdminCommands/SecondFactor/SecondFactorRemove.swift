import Administration
import ArgumentParser
import Credentials

struct SecondFactorRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Switch the second factor off, and delete its seed and recovery codes.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let admin = try Session(global).admin
        let account = try admin.account(address)
        try admin.removeSecondFactor(account)
        Output.error("The second factor of \(account.name.text) is off.")
    }
}
