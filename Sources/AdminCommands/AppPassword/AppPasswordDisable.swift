import ArgumentParser
import Credentials

struct AppPasswordDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Refuse app passwords until they are enabled again.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: AppPasswordSelection

    func run() throws { try selection.apply(.disable, global) }
}
