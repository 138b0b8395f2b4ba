import Administration
import ArgumentParser
import Credentials

struct AccountDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Refuse every sign-in of an account. Mail is still delivered.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Option(help: "Disable it until this date or for this time (2027-01-31, 14d).") var until: TimeArgument?

    func run() throws {
        let admin = try Session(global).admin
        try admin.disable(admin.account(address).name, until: until?.end(from: .now()))
    }
}
