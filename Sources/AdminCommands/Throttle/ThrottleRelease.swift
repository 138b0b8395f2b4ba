import Administration
import ArgumentParser
import Authentication
import Credentials

struct ThrottleRelease: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release guesses, so that nobody has to wait for them any more. Takes effect at once.",
        discussion: "Wrong passwords stay remembered: a device that sends one again is not counted again.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Guesses at this account.") var account: String?
    @Option(help: "Guesses from this network, as 'list' shows it, or from the network of this address.")
    var network: Network?
    @Flag(help: "All guesses.") var all = false

    func validate() throws {
        if all == (account != nil || network != nil) {
            throw ValidationError("Give --account, --network, both, or --all.")
        }
    }

    func run() throws {
        let session = try Session(global)
        let name = try account.map { try session.admin.recordedName($0) }
        let window = Throttling(session.configuration).window(at: .now())
        let networkText = network?.description
        let change = session.admin.change(
            name ?? networkText ?? "all", "throttle released",
            name != nil && networkText != nil ? "from \(networkText ?? "")" : "")
        let count = try session.admin.storing { (store) throws(StoreError) in
            try store.releaseGuesses(account: name, network: network, window, change: change)
        }
        guard count > 0 else { throw CommandFailure(.negative, "there was nothing to release") }
        Output.error("\(count) \(count == 1 ? "guess" : "guesses") released")
    }
}
