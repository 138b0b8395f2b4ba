import ArgumentParser
import Credentials

struct AccountAlias: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias",
        abstract: "Further addresses that an account may send as. An alias never signs in.",
        subcommands: [Add.self, Remove.self, List.self])
    @OptionGroup var global: GlobalOptions

    struct Add: ParsableCommand {
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The account.") var address: String
        @Argument(help: "The alias.") var alias: String

        func run() throws {
            try change(global, address, alias, "alias add") { (store, alias, account, change) throws(StoreError) in
                try store.addAlias(alias, account: account, change: change)
            }
        }
    }

    struct Remove: ParsableCommand {
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The account.") var address: String
        @Argument(help: "The alias.") var alias: String

        func run() throws {
            try change(global, address, alias, "alias remove") { (store, alias, account, change) throws(StoreError) in
                try store.removeAlias(alias, account: account, change: change)
            }
        }
    }

    struct List: ParsableCommand {
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The account.") var address: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let session = try Session(global)
            let name = try session.account(address).name
            let aliases = try session.storing { (store) throws(StoreError) in try store.aliases(account: name) }
            if json { return try Output.json(aliases) }
            for alias in aliases { Output.line(Printable.text(alias)) }
        }
    }

    private static func change(
        _ global: GlobalOptions, _ address: String, _ alias: String, _ action: String,
        _ body: (Store, AccountName, AccountName, Change) throws(StoreError) -> Store.AliasResult
    ) throws {
        let session = try Session(global)
        let name = try session.account(address).name
        let other = try Session.name(alias, session.configuration)
        let result = try session.storing { (store) throws(StoreError) in
            try body(store, other, name, session.change(subject: name.text, action, other.text))
        }
        switch result {
        case .done: return
        case .noAccount: throw CommandFailure.noAccount(name)
        case .taken: throw CommandFailure(.negative, "\(other.text) is there already, as an account or an alias")
        case .notThere: throw CommandFailure(.negative, "\(other.text) is no alias of \(name.text)")
        }
    }
}
