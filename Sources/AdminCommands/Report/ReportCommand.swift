import ArgumentParser

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "What is on record.",
        subcommands: [
            ReportUnused.self, ReportExpiring.self, ReportSignIns.self, ReportGuesses.self, ReportChanges.self,
            ReportHashes.self,
        ])
    @OptionGroup var global: GlobalOptions
}
