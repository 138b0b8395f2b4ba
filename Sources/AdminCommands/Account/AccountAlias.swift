import ArgumentParser
import Credentials

struct AccountAlias: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias",
        abstract: "Further addresses that an account may send as. An alias never signs in.",
        discussion: """
            @example.org stands for all addresses of a domain that belong to nobody else. An alias may belong to several
            accounts, and may be the address of another account: all of them may send as it.
            """,
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
        _ body: (Store, SenderAddress, AccountName, Change) throws(StoreError) -> Store.AliasResult
    ) throws {
        let session = try Session(global)
        let account = try session.account(address).name
        let stored = SenderAddress(stored: alias)
        let isThere = try session.storing { (store) throws(StoreError) in
            try store.aliases(account: account).contains { $0.utf8.elementsEqual(alias.utf8) }
        }
        // What is there may be removed, whatever it is.
        guard let other = isThere ? stored : SenderAddress(alias) else {
            throw CommandFailure(
                .badInput,
                "\(Printable.text(alias)) is neither an address nor a domain written as @example.org; there are no patterns. "
                    + "For an account that may send as anybody: postern account send-as ADDRESS any")
        }
        guard other != SenderAddress(account) else {
            throw CommandFailure(.badInput, "\(other.text) is the account's own address")
        }
        let result = try session.storing { (store) throws(StoreError) in
            try body(store, other, account, session.change(subject: account.text, action, other.text))
        }
        switch result {
        case .done: return
        case .noAccount: throw CommandFailure.noAccount(account)
        case .alreadyThere: throw CommandFailure(.negative, "\(other.text) is an alias of \(account.text) already")
        case .notThere: throw CommandFailure(.negative, "\(other.text) is no alias of \(account.text)")
        }
    }
}
