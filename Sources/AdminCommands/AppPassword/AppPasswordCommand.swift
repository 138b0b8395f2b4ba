import ArgumentParser

struct AppPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app-password",
        abstract: "App passwords: what mail programs sign in with.",
        subcommands: [
            AppPasswordCreate.self, AppPasswordList.self, AppPasswordDisable.self, AppPasswordEnable.self,
            AppPasswordRevoke.self, AppPasswordRotate.self,
        ])
    @OptionGroup var global: GlobalOptions
}
