import Administration
import ArgumentParser
import Credentials

struct AppPasswordList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List an account's app passwords.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @OptionGroup var list: ListOptions

    func run() throws {
        let session = try Session(global)
        let account = try session.admin.account(address)
        let views = try session.admin.storing { (store) throws(StoreError) in
            try AppPasswordView.all(store, account, now: .now())
        }
        try list.print(views)
    }
}
