import ArgumentParser

struct ThrottleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throttle", abstract: "Who has to wait after too many guesses.",
        subcommands: [ThrottleList.self, ThrottleRelease.self])
    @OptionGroup var global: GlobalOptions
}
