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
    let state: String

    init(_ appPassword: AppPassword, lastUse: LastUse?, now: Timestamp) {
        id = appPassword.id
        name = appPassword.name
        kind = appPassword.kind.rawValue
        services = appPassword.scope.services.map(\.rawValue)
        networks = appPassword.networks.map(\.description)
        created = appPassword.created.iso8601
        expires = appPassword.expires?.iso8601
        lastUsed = lastUse?.at.iso8601
        lastService = lastUse?.way?.service
        lastNetwork = lastUse?.way?.network.description
        state = appPassword.state(at: now).rawValue
    }

    static func all(_ store: Store, _ account: AccountName, now: Timestamp) throws(StoreError) -> [AppPasswordView] {
        let uses = try store.lastUses(account: account)
        return try store.appPasswords(account: account).map {
            AppPasswordView($0, lastUse: uses[$0.id], now: now)
        }
    }

    static func printTable(_ views: [AppPasswordView]) {
        Output.table(
            ["ID", "NAME", "STATE", "SERVICES", "MADE", "EXPIRES", "LAST USED"],
            views.map {
                let lastUse = $0.lastUsed.map { "\($0)" } ?? "never"
                return [
                    $0.id, $0.name, $0.state, $0.services.joined(separator: ","), $0.created, $0.expires ?? "never",
                    ([lastUse] + [$0.lastService, $0.lastNetwork].compactMap { $0 }).joined(separator: " "),
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
        let name = try session.account(address).name
        let views = try session.storing { (store) throws(StoreError) in
            try AppPasswordView.all(store, name, now: .now())
        }
        json ? try Output.json(views) : AppPasswordView.printTable(views)
    }
}
