import Administration
import ArgumentParser
import Authentication
import Credentials

struct DomainMailbox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox",
        abstract: "Set where the mail of a domain's accounts is stored. Options that are not given are taken from the "
            + "configuration.",
        discussion: "In --home, %u is the account's name, %n the part before the @, %d the part after it.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The domain.") var domain: String
    @OptionGroup var mailbox: MailboxOptions
    @OptionGroup var reset: ResetOption

    func validate() throws {
        try reset.expect(mailbox)
        if let home = mailbox.home, NameTemplate(home) == nil {
            throw ValidationError(
                "--home \(Printable.text(home)): the only variables are %u, %n and %d; write %% for %.")
        }
    }

    func run() throws {
        let admin = try Session(global).admin
        var overrides = mailbox.overrides
        (overrides.home, overrides.homeTemplate) = (nil, overrides.home)
        try admin.setMailbox(overrides, domain: Administrator.domain(domain))
    }
}
