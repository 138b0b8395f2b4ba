import Administration
import ArgumentParser
import Credentials

struct AccountPassword: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "password", abstract: "Set the main password.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @OptionGroup var password: MainPasswordOptions
    @Flag(help: "Set no password; forget the previous one, by which devices that still use it are recognised.")
    var forgetFormer = false

    func validate() throws {
        if forgetFormer && password.isGiven {
            throw ValidationError("--forget-former cannot be given together with a password.")
        }
    }

    func run() throws {
        let admin = try Session(global).admin
        let account = try admin.account(address)
        if forgetFormer {
            try admin.forgetFormerMainPassword(account.name)
            return Output.error("The previous main password of \(account.name.text) is forgotten.")
        }
        try admin.setMainPassword(password.read(admin, account.name, present: account), account.name)
        Output.error("Main password of \(account.name.text) set.")
    }
}
