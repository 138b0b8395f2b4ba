import ArgumentParser
import Credentials

/// An app password as `list` prints it.
struct AppPasswordView: Encodable {
    let id: String
    let name: String
    let kind: String
    let services: [String]
    let networks: [String]
    let created: String
    @OrNull var expires: String?
    @OrNull var lastUsed: String?
    @OrNull var lastService: String?
    @OrNull var lastNetwork: String?
    /// How many different ones, as far back as the history goes.
    let usedFromNetworks: Int
    let state: String
    /// The id of the one that takes its place.
    @OrNull var successor: String?

    init(_ appPassword: AppPassword, lastUse: LastUse?, now: Timestamp) {
        id = appPassword.id
        name = appPassword.name
        kind = appPassword.isOfSession ? "session" : appPassword.kind.rawValue
        services = appPassword.scope.services.map(\.rawValue)
        networks = appPassword.networks.map(\.description)
        created = appPassword.created.iso8601
        expires = appPassword.expires?.iso8601
        lastUsed = lastUse?.at.iso8601
        lastService = lastUse?.way?.service
        lastNetwork = lastUse?.way?.network.description
        usedFromNetworks = lastUse?.networks ?? 0
        state = appPassword.state(at: now).rawValue
        successor = appPassword.successor
    }

    static func all(_ store: Store, _ account: AccountState, now: Timestamp) throws(StoreError) -> [AppPasswordView] {
        let uses = try store.lastUses(account: account.name)
        return try store.appPasswords(account: account.name).filter {
            !$0.isOfSession || $0.state(at: now) == .active
        }.map {
            AppPasswordView($0, lastUse: uses[$0.id], now: now)
        }
    }

    static func printTable(_ views: [AppPasswordView]) {
        Output.table(
            ["ID", "KIND", "NAME", "STATE", "SERVICES", "ALLOWED FROM", "MADE", "EXPIRES", "LAST USED", "NETWORKS"],
            views.map {
                let lastUse = $0.lastUsed.map { "\($0)" } ?? "never"
                return [
                    $0.id, $0.kind, $0.name, $0.state, $0.services.joined(separator: ","),
                    $0.networks.isEmpty ? "everywhere" : $0.networks.joined(separator: ","), $0.created,
                    $0.expires ?? "never",
                    ([lastUse] + [$0.lastService, $0.lastNetwork].compactMap { $0 }).joined(separator: " "),
                    "\($0.usedFromNetworks)",
                ]
            })
    }
}

struct AppPasswordList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List an account's app passwords.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        let views = try session.storing { (store) throws(StoreError) in
            try AppPasswordView.all(store, account, now: .now())
        }
        json ? try Output.json(views) : AppPasswordView.printTable(views)
    }
}
