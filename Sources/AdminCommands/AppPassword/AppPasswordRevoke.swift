import Administration
import ArgumentParser
import Credentials

struct AppPasswordRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke app passwords, from the next sign-in on. Revocation cannot be undone.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Argument(help: "Ids, as 'list' shows them.") var ids: [String] = []
    @Flag(help: "All that are not revoked.") var all = false
    @Option(help: "All that were neither made nor used since this date or in this time (2027-01-31, 180d).")
    var unusedSince: TimeArgument?

    func validate() throws {
        let ways = [!ids.isEmpty, all, unusedSince != nil]
        if ways.count(where: { $0 }) != 1 { throw ValidationError("Give either ids, --all or --unused-since.") }
    }

    func run() throws {
        let now = Timestamp.now()
        let since = unusedSince?.beginning(to: now)
        // Before the store is opened, which takes time: '0s' must not become a second ago.
        if let since, since >= now { throw AdministrationError.refused(.unusedSinceTheFuture(since)) }
        try AppPasswordSelection.apply(
            .revoke, to: all ? .all : since.map { .unusedSince($0) } ?? .ids(ids), of: address, global)
    }
}
