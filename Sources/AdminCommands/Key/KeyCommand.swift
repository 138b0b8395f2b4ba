import ArgumentParser

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Replace the key of the database.", subcommands: [KeyRotate.self])
    @OptionGroup var global: GlobalOptions
}
