import ArgumentParser

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Manage the keys of the database.", subcommands: [KeyRotate.self])
    @OptionGroup var global: GlobalOptions
}
