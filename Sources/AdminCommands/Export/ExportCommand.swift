import ArgumentParser

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Export accounts, for another Postern or another system.",
        subcommands: [ExportJSONLines.self, ExportPasswdFile.self], defaultSubcommand: ExportJSONLines.self)
    @OptionGroup var global: GlobalOptions
}
