import Administration
import ArgumentParser
import Credentials

struct AppPasswordCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an app password and show it once.",
        discussion: """
            The secret alone goes to standard output, everything else to standard error. If policy limits the age of app
            passwords, that is the default of --expires.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Option(help: "What it is for, such as \"Phone\".") var name: String
    @Option(help: "A service that it may use: imap, pop3, smtp or sieve; repeat it for more. By default all of them.")
    var service: [Service] = []
    @Option(help: "When it expires: a date or a time from now (2027-01-31, 180d).") var expires: TimeArgument?
    @Option(help: "A network that it may be used from, such as 198.51.100.0/24; repeat it for more. By default all.")
    var network: [CIDR] = []
    @Flag(help: "Make sixteen symbols instead of twenty-five, for short input fields; each sign-in costs a slow hash.")
    var compact = false
    @OptionGroup var delivery: AppPasswordDelivery

    func run() throws {
        let new = NewAppPassword(
            name: name, scope: service.isEmpty ? .mail : Scope(service), networks: network,
            expires: try expires?.end(from: .now()))
        try Administrator.check(new)
        _ = try delivery.deliver(global) { admin in
            try admin.prepare(new, isCompact: compact, for: admin.account(address).name)
        }
    }
}
