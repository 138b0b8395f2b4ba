import ArgumentParser

struct HashCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash", abstract: "Tune the slow hashes of main passwords.", subcommands: [HashTune.self])
    @OptionGroup var global: GlobalOptions
}
