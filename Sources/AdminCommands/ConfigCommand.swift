import ArgumentParser
import Authentication

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "The configuration.", subcommands: [Show.self, Check.self])
    @OptionGroup var global: GlobalOptions

    struct Show: ParsableCommand {
        private struct View: Encodable {
            let name: String
            let value: String
            let `default`: String
            let unit: String
            let meaning: String
        }

        static let configuration = CommandConfiguration(abstract: "Show every name with its value, default and unit.")

        @OptionGroup var global: GlobalOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let loaded = try Session.configuration(global)
            let views = Setting.all.map {
                View(
                    name: $0.name, value: $0.text(of: loaded[$0.name] ?? $0.standard),
                    default: $0.text(of: $0.standard),
                    unit: $0.unit, meaning: $0.sentence)
            }
            if json { return try Output.json(views) }
            Output.table(["NAME", "VALUE", "DEFAULT", "UNIT"], views.map { [$0.name, $0.value, $0.default, $0.unit] })
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the configuration file and say what is wrong with it.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            _ = try Session.configuration(global)
            Output.line("\(global.configurationFile ?? ConfigurationFile.defaultPath): no errors")
        }
    }
}
