import Administration
import ArgumentParser
import Credentials
import QRCode

struct SecondFactorEnroll: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll",
        abstract: "Make a new seed and show it, for an authenticator program.",
        discussion: """
            Shows a QR code and an otpauth URI on a terminal, otherwise the URI alone. The seed is not in use until
            'second-factor confirm' gets a code that the program shows, within a day.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let admin = try Session(global).admin
        let account = try admin.account(address)
        let uri = try admin.beginEnrolment(account)
        // Without it the URI is still there, and the seed that was shown before is not valid any more.
        if Output.isTerminal, let code = try? QRCode(of: uri) { Output.line(code.terminalText) }
        try Output.secret(
            uri,
            "Add this to an authenticator program; the seed is not in use yet. Then, with a code that it shows: "
                + "postern second-factor confirm \(account.name.text)")
    }
}
