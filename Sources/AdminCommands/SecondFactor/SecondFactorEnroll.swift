import ArgumentParser
import Authentication
import Bytes
import Credentials

struct SecondFactorEnroll: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll",
        abstract: "Show a new seed, for an authenticator program.",
        discussion: """
            On a terminal as a QR code and an otpauth URI, else the URI alone. Nothing is switched on until 'second-factor confirm'
            was given a code that the program shows, within a day.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        guard account.secondFactor != .external else {
            throw CommandFailure(
                .negative,
                "\(account.name.text) has a second factor that is managed elsewhere; "
                    + "see 'postern second-factor external off \(account.name.text)'")
        }
        let seed = try Self.makeSeed()
        let uri = OTPAuth.uri(account: account.name, seed: seed)
        let picture = Output.isTerminal ? try QRCode(of: uri) : nil
        let change = session.change(subject: account.name.text, "second-factor enroll")
        let isKept = try session.storing { (store) throws(StoreError) in
            try store.beginEnrolment(account: account.name, seed: seed, keys: session.keys, change: change)
        }
        guard isKept else { throw CommandFailure.noAccount(account.name) }
        if let picture { Output.line(picture.terminalText) }
        try Output.secret(
            uri,
            "For an authenticator program; nothing is switched on yet. Next, with a code that it shows: "
                + "postern second-factor confirm \(account.name.text)")
    }

    private static func makeSeed() throws(CommandFailure) -> Secret {
        do throws(RandomFailure) {
            var bytes = try randomBytes(TOTP.seedLength)
            return Secret(wiping: &bytes)
        } catch {
            throw CommandFailure(.hash(.noRandom))
        }
    }
}
