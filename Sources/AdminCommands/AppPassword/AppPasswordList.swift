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
    let expires: String?
    let lastUsed: String?
    let lastService: String?
    let lastNetwork: String?
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

    private enum CodingKeys: String, CodingKey {
        case id, name, kind, services, networks, created, expires, lastUsed, lastService, lastNetwork, state
    }

    /// Every member is always there; null says "never" or "none".
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        try container.encode(services, forKey: .services)
        try container.encode(networks, forKey: .networks)
        try container.encode(created, forKey: .created)
        try container.encode(expires, forKey: .expires)
        try container.encode(lastUsed, forKey: .lastUsed)
        try container.encode(lastService, forKey: .lastService)
        try container.encode(lastNetwork, forKey: .lastNetwork)
        try container.encode(state, forKey: .state)
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
