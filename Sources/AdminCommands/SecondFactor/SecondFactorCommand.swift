import ArgumentParser

struct SecondFactorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "second-factor",
        abstract: "Second factors: codes that the web asks for beside the main password.",
        subcommands: [
            SecondFactorEnroll.self, SecondFactorConfirm.self, SecondFactorRecoveryCodes.self,
            SecondFactorExternal.self, SecondFactorRemove.self, SecondFactorStatus.self,
        ])
    @OptionGroup var global: GlobalOptions
}
