import ArgumentParser

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring accounts and app passwords from another system, or from an export.",
        discussion: """
            One transaction: all of it comes, or nothing. A second run changes nothing, and a later one brings what changed there
            since; what was changed here stays. Passwords go on to work as they are and are stored as Postern's own at their
            first use.
            """,
        subcommands: [
            ImportMailcow.self, ImportMailu.self, ImportPostfixAdmin.self, ImportPasswdFile.self, ImportJSONLines.self,
        ])
    @OptionGroup var global: GlobalOptions
}

/// What every import takes.
struct ImportOptions: ParsableArguments {
    @Flag(help: "Say what would come, what would not, and why; change nothing.") var dryRun = false
    @Flag(help: "Print JSON.") var json = false
}
