import ArgumentParser
import Credentials

struct AppPasswordEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Accept disabled app passwords again.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: AppPasswordSelection

    func run() throws { try selection.apply(.enable, global) }
}
