import ArgumentParser

struct DomainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain", abstract: "Manage what applies to all accounts of a domain.",
        subcommands: [DomainShow.self, DomainPolicy.self, DomainMailbox.self])
    @OptionGroup var global: GlobalOptions
}
