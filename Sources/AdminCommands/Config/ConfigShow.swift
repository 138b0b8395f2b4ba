import ArgumentParser
import Authentication

struct ConfigShow: ParsableCommand {
    private struct View: ListEntry {
        static let headings = ["NAME", "VALUE", "DEFAULT", "UNIT"]

        let name: String
        let value: String
        let `default`: String
        let unit: String
        let meaning: String
        var cells: [String] { [name, value, `default`, unit] }
    }

    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show every setting with its value, default and unit.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var list: ListOptions

    func run() throws {
        let loaded = try Session.configuration(global)
        try list.print(
            Setting.all.map {
                View(
                    name: $0.name, value: $0.text(of: loaded[$0.name] ?? $0.standard),
                    default: $0.text(of: $0.standard), unit: $0.unit, meaning: $0.sentence)
            })
    }
}
