import Administration
import ArgumentParser
import Credentials

struct AccountSendAs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send-as",
        abstract: "Let an account send as any address, or only as its own.",
        discussion: """
            For relays and for ticket systems that send as the people who wrote to them. 'doctor' lists these accounts;
            no import allows it. For single addresses and domains, use 'account alias'.
            """)

    enum Senders: String, ExpressibleByArgument, CaseIterable { case any, own }

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Argument(help: "any, or own: its own address and its aliases.") var senders: Senders

    func run() throws {
        let admin = try Session(global).admin
        try admin.setSendsAsAny(senders == .any, admin.account(address).name)
    }
}
