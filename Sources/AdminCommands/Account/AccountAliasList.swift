import Administration
import ArgumentParser
import Credentials

struct AccountAliasList: ParsableCommand {
    private struct View: ListEntry {
        static let headings = ["ALIAS"]
        let alias: String
        var cells: [String] { [alias] }

        /// A string alone.
        func encode(to encoder: any Encoder) throws { try alias.encode(to: encoder) }
    }

    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the aliases of an account.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @OptionGroup var list: ListOptions

    func run() throws {
        let admin = try Session(global).admin
        let name = try admin.account(address).name
        let aliases = try admin.storing { store throws(StoreError) in try store.aliases(account: name) }
        try list.print(aliases.map { View(alias: $0) })
    }
}
