import ArgumentParser

struct AccountAlias: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias",
        abstract: "Aliases: further addresses that an account may send as. An alias never signs in.",
        discussion: """
            @example.org stands for all addresses of a domain that belong to nobody else. An alias may belong to several
            accounts, and may be the address of another account: all of them may send as it.
            """,
        subcommands: [AccountAliasAdd.self, AccountAliasRemove.self, AccountAliasList.self])
    @OptionGroup var global: GlobalOptions
}
