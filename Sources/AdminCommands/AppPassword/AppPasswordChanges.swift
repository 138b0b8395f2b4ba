import ArgumentParser
import Credentials

struct AppPasswordDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Refuse app passwords until they are enabled again.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: AppPasswordSelection

    func run() throws { try selection.apply(.disable, "app-password disable", global) }
}

struct AppPasswordEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Accept disabled app passwords again.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: AppPasswordSelection

    func run() throws { try selection.apply(.enable, "app-password enable", global) }
}

struct AppPasswordRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End app passwords for good, from the very next sign-in on.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Argument(help: "Ids, as 'list' shows them.") var ids: [String] = []
    @Flag(help: "All that are not revoked.") var all = false
    @Option(help: "All that were not used since this date or in this time (2027-01-31, 180d).") var unusedSince: Moment?

    func validate() throws {
        let ways = [!ids.isEmpty, all, unusedSince != nil]
        if ways.count(where: { $0 }) != 1 { throw ValidationError("Give ids, --all or --unused-since.") }
    }

    func run() throws {
        let now = Timestamp.now()
        let moment = unusedSince?.beginning(to: now)
        if let moment, moment >= now {
            throw CommandFailure(.badInput, "\(moment.iso8601) is not in the past: everything would be revoked")
        }
        let choice: AppPasswordSelection.Choice = all ? .all : moment.map { .unusedSince($0) } ?? .ids(ids)
        try AppPasswordSelection.apply(.revoke, "app-password revoke", to: choice, of: address, global)
    }
}

/// An account and some or all of its app passwords.
struct AppPasswordSelection: ParsableArguments {
    @Argument(help: "The account.") var address: String
    @Argument(help: "Ids, as 'list' shows them.") var ids: [String] = []
    @Flag(help: "All that are not revoked.") var all = false

    func validate() throws {
        if ids.isEmpty != all { throw ValidationError("Give ids or --all.") }
    }

    func apply(_ kind: Store.AppPasswordChange, _ action: String, _ global: GlobalOptions) throws {
        try Self.apply(kind, action, to: all ? .all : .ids(ids), of: address, global)
    }

    enum Choice {
        case ids([String])
        case all
        case unusedSince(Timestamp)
    }

    static func apply(
        _ kind: Store.AppPasswordChange, _ action: String, to choice: Choice, of address: String,
        _ global: GlobalOptions
    ) throws {
        let session = try Session(global)
        let account = try session.account(address).name
        let changed = try session.storing { (store) throws(StoreError) in
            // What is unused must not be used between the look and the change.
            try store.durably { () throws(StoreError) -> Int? in
                let chosen: Set<String>?
                switch choice {
                case .all: chosen = nil
                case .ids(let ids): chosen = Set(ids.map { $0.lowercased() })
                case .unusedSince(let moment): chosen = try unused(store, account, since: moment)
                }
                if chosen?.isEmpty == true { return 0 }
                return try store.changeAppPasswords(chosen, kind, account: account) { ids in
                    session.change(subject: account.text, action, ids.joined(separator: " "))
                }
            }
        }
        guard let changed else {
            throw CommandFailure(
                .negative, "\(account.text) has no such app password, or it is revoked; nothing was changed")
        }
        Output.error("\(changed) app password\(changed == 1 ? "" : "s") of \(account.text) changed.")
    }

    /// Those that were neither used nor made since.
    private static func unused(_ store: Store, _ account: AccountName, since moment: Timestamp) throws(StoreError)
        -> Set<String>
    {
        let uses = try store.lastUses(account: account)
        return Set(
            try store.appPasswords(account: account).filter {
                $0.revoked == nil && !$0.isOfSession && max($0.created, uses[$0.id]?.at ?? $0.created) < moment
            }.map(\.id))
    }
}
