import Administration
import ArgumentParser
import Credentials

struct SecondFactorConfirm: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Switch the second factor on with a first code, and show ten recovery codes once.",
        discussion: """
            From then on mail programs need app passwords; those that signed in with the main password in the last 30
            days are listed. The recovery codes alone go to standard output.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Flag(help: "Read the code from standard input.") var codeStdin = false

    func run() throws {
        let admin = try Session(global).admin
        let account = try admin.account(address)
        let code =
            codeStdin ? try SecretInput.standardInput() : try SecretInput.prompt("Code", otherwise: "--code-stdin")
        let confirmed = try admin.confirmEnrolment(account, code: code)
        Output.error("The second factor of \(account.name.text) is on.")
        confirmed.stopped.show(account.name)
        try confirmed.codes.show(account.name)
    }
}
