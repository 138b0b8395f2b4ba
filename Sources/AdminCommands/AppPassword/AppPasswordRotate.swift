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
        let profile = try delivery.openProfile()
        let admin = try Session(global).admin
        let account = try admin.account(address).name
        let end = try expires?.end(from: .now())
        let oldEnd = try delivery.deliver(admin, in: profile) {
            try admin.prepareSuccessor(of: id, expires: end, grace: grace.seconds, for: account)
        }
        guard let oldEnd else { return }
        Output.error(
            "The old one, \(id.lowercased()), \(oldEnd <= .now() ? "has ended" : "works until \(oldEnd.iso8601)").")
    }
}
