import ArgumentParser

struct ThrottleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throttle", abstract: "List and release waiting times after too many guesses.",
        subcommands: [ThrottleList.self, ThrottleRelease.self])
    @OptionGroup var global: GlobalOptions
}
