import Administration
import ArgumentParser
import Credentials

struct AccountAdd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Add an account.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The full address that signs in.") var address: String
    @OptionGroup var password: MainPasswordOptions
    @OptionGroup var mailbox: MailboxOptions

    func validate() throws { try mailbox.expectPath() }

    func run() throws {
        let admin = try Session(global).admin
        let name = try admin.name(address)
        try admin.expectAddable(name)
        let password = try password.read(admin, name, present: nil)
        let others = try admin.add(name, password.hash, mailbox.overrides)
        Output.error("Account \(name.text) added.")
        if !others.isEmpty {
            Output.error("It is also an alias of \(others.joined(separator: ", ")): all of them may send as it.")
        }
    }
}
