import Credentials

/// An app password as `list` prints it.
struct AppPasswordView: ListEntry {
    static let headings = [
        "ID", "KIND", "NAME", "STATE", "SERVICES", "ALLOWED FROM", "CREATED", "EXPIRES", "LAST USED", "NETWORKS",
    ]

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
    /// Number of different networks in the recorded sign-ins.
    let usedFromNetworks: Int
    let state: String
    /// The id of its successor.
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

    var cells: [String] {
        [
            id, kind, name, state, services.joined(separator: ","),
            networks.isEmpty ? "everywhere" : networks.joined(separator: ","), created, expires ?? "never",
            ([lastUsed ?? "never"] + [lastService, lastNetwork].compactMap { $0 }).joined(separator: " "),
            "\(usedFromNetworks)",
        ]
    }
}
