import ArgumentParser

struct SecondFactorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "second-factor",
        abstract: "Manage second factors: codes that are needed on the web with the main password.",
        subcommands: [
            SecondFactorEnroll.self, SecondFactorConfirm.self, SecondFactorRecoveryCodes.self,
            SecondFactorExternal.self, SecondFactorRemove.self, SecondFactorStatus.self,
        ])
    @OptionGroup var global: GlobalOptions
}
