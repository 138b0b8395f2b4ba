import Administration
import ArgumentParser
import Credentials

struct SecondFactorExternal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "external",
        abstract: "Record that a second factor managed outside Postern is on or off.",
        discussion: "While it is on, mail programs need an app password: the main password is refused.")

    enum Switch: String, ExpressibleByArgument, CaseIterable { case on, off }

    @OptionGroup var global: GlobalOptions
    @Argument(help: "on or off.") var state: Switch
    @Argument(help: "The account.") var address: String

    func run() throws {
        let admin = try Session(global).admin
        let account = try admin.account(address)
        try admin.setExternalSecondFactor(state == .on, account).show(account.name)
    }
}
