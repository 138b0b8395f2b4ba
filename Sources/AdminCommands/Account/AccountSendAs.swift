import ArgumentParser
import Credentials

struct AccountSendAs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send-as",
        abstract: "Let an account send as any address, or only as its own.",
        discussion: """
            For relays and ticket systems that send as whoever wrote to them. 'doctor' lists these accounts, and no import
            makes one. For single addresses and domains see 'account alias'.
            """)

    enum Senders: String, ExpressibleByArgument, CaseIterable { case any, own }

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Argument(help: "any, or own: its own address and its aliases.") var senders: Senders

    func run() throws {
        let session = try Session(global)
        let name = try session.account(address).name
        try session.change(name, "account send-as", senders.rawValue) { (store, change) throws(StoreError) in
            try store.setSendsAsAny(senders == .any, account: name, change: change)
        }
    }
}
