import ArgumentParser
import Authentication

struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read the configuration file and report the first error in it.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        _ = try Session.configuration(global)
        Output.line("\(global.configurationFile ?? ConfigurationText.defaultPath): no errors")
    }
}
