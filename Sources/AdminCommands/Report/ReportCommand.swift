import ArgumentParser

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Report sign-ins, guesses, changes, app passwords and hashes.",
        subcommands: [
            ReportUnused.self, ReportExpiring.self, ReportSignIns.self, ReportGuesses.self, ReportChanges.self,
            ReportHashes.self,
        ])
    @OptionGroup var global: GlobalOptions
}
