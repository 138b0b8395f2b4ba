import Administration
import ArgumentParser
import Credentials

struct AccountMustChange: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "must-change",
        abstract: "Accept the main password on the web only, until it is changed.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Flag(help: "Switch it off again.") var off = false

    func run() throws {
        let admin = try Session(global).admin
        try admin.setMustChange(!off, admin.account(address).name)
    }
}
