import ArgumentParser

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Reports.",
        subcommands: [ReportSignIns.self, ReportGuesses.self, ReportChanges.self])
    @OptionGroup var global: GlobalOptions
}
