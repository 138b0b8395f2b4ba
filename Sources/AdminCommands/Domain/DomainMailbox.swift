import ArgumentParser
import Authentication
import Credentials

struct DomainMailbox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox",
        abstract: "Say where the mail of a domain's accounts lies. What is left out goes back to the configuration.",
        discussion: "In --home, %u is the account's name, %n the part before the @, %d the part after it.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The domain.") var domain: String
    @OptionGroup var mailbox: MailboxOptions
    @OptionGroup var reset: ResetOption

    func validate() throws {
        try reset.expect(mailbox)
        if let home = mailbox.home, NameTemplate(home) == nil {
            throw ValidationError("--home: only %u, %n, %d and %% may stand in it.")
        }
    }

    func run() throws {
        let session = try Session(global)
        let name = try DomainCommand.name(domain)
        var overrides = mailbox.overrides
        (overrides.home, overrides.homeTemplate) = (nil, overrides.home)
        let change = session.change(subject: name, "domain mailbox", mailbox.detail)
        try session.storing { (store) throws(StoreError) in
            try store.setMailbox(overrides, domain: name, change: change)
        }
    }
}
