import ArgumentParser

struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Manage accounts: the addresses that sign in.",
        subcommands: [
            AccountAdd.self, AccountList.self, AccountShow.self, AccountPassword.self, AccountMustChange.self,
            AccountDisable.self, AccountEnable.self, AccountRemove.self, AccountAlias.self, AccountPolicy.self,
            AccountMailbox.self, AccountSendAs.self,
        ])
    @OptionGroup var global: GlobalOptions
}
