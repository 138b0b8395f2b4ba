import Administration
import ArgumentParser
import Credentials

struct AccountList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List accounts.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only this domain.") var domain: String?
    @OptionGroup var list: ListOptions

    func run() throws {
        let found = try Session(global).admin.storing { store throws(StoreError) in
            try store.accounts(domain: domain.map { AccountName("x@" + $0)?.domain ?? $0 })
        }
        try list.print(found.map { AccountView($0, now: .now()) })
    }
}
