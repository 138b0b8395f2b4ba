import ArgumentParser

struct AppPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app-password",
        abstract: "Manage app passwords, with which mail programs sign in.",
        subcommands: [
            AppPasswordCreate.self, AppPasswordList.self, AppPasswordDisable.self, AppPasswordEnable.self,
            AppPasswordRevoke.self, AppPasswordRotate.self,
        ])
    @OptionGroup var global: GlobalOptions
}
