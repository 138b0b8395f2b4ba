import Administration
import ArgumentParser
import Credentials

struct AccountMailbox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox",
        abstract: "Set where an account's mail is stored. Options that are not given are taken from its domain or the "
            + "configuration.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @OptionGroup var mailbox: MailboxOptions
    @OptionGroup var reset: ResetOption

    func validate() throws {
        try reset.expect(mailbox)
        try mailbox.expectPath()
    }

    func run() throws {
        let admin = try Session(global).admin
        try admin.setMailbox(mailbox.overrides, admin.account(address).name)
    }
}
