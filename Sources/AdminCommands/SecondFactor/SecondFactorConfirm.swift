import ArgumentParser
import Bytes
import Credentials

struct SecondFactorConfirm: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Switch the second factor on with a first code, and show ten recovery codes, once.",
        discussion: """
            From then on mail programs need app passwords: those that signed in with the main password in the last 30 days are
            listed. The recovery codes go to standard output by themselves.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Flag(help: "Read the code from standard input.") var codeStdin = false

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        let name = account.name
        let code =
            codeStdin ? try SecretInput.standardInput() : try SecretInput.prompt("Code", elsewise: "--code-stdin")
        guard account.secondFactor != .external else {
            throw CommandFailure(.negative, "\(name.text) has a second factor that is managed elsewhere")
        }
        let codes = try RecoveryCodes(name, session.keys)
        let stops = try StoppedPrograms(session, account, account.with(.totp))
        let change = session.change(subject: name.text, "second-factor confirm")
        let result = try session.storing { (store) throws(StoreError) in
            try store.confirmEnrolment(
                account: name, code: code, recoveryCodes: codes.macs, keys: session.keys, change: change)
        }
        switch result {
        case .done: break
        case .nothingPending:
            throw CommandFailure(
                .negative,
                "nothing was shown to \(name.text) in the last day; run 'postern second-factor enroll \(name.text)' first"
            )
        case .wrong(nil):
            throw CommandFailure(
                .negative, "this is no code of the seed that was shown last; nothing was changed. Codes last 30 seconds"
            )
        case .wrong(let fault?):
            throw CommandFailure(
                .negative,
                "this is a code \(fault.explanation); nothing was changed. "
                    + "Have both clocks set by the network, and try again")
        }
        Output.error("The second factor of \(name.text) is on.")
        stops.show(name)
        try codes.show(name)
    }
}
