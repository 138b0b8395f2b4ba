import Administration
import ArgumentParser
import Credentials

struct AppPasswordRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Replace an app password by a successor; the old one stays valid for a while.",
        discussion: """
            The successor has the same name, services and networks, and lives as long as the old one was made for,
            unless policy limits it to less. It is shown once, as by 'create'.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Argument(help: "The id, as 'list' shows it.") var id: String
    @Option(help: "How long the old one stays valid (7d, 1h, 0s).") var grace = Duration(days: 7)
    @Option(help: "When the new one expires: a date or a time from now (2027-01-31, 180d).") var expires: TimeArgument?
    @OptionGroup var delivery: AppPasswordDelivery

    func run() throws {
        let end = try expires?.end(from: .now())
        try Administrator.checkGrace(grace.seconds)
        let oldEnd = try delivery.deliver(global) { admin in
            try admin.prepareSuccessor(
                of: id, expires: end, grace: grace.seconds, for: admin.account(address).name)
        }
        guard let oldEnd else { return }
        Output.error(
            "The old one, \(id.lowercased()), \(oldEnd <= .now() ? "has ended" : "works until \(oldEnd.iso8601)").")
    }
}
