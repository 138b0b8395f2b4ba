import ArgumentParser
import Authentication
import Credentials

struct ThrottleRelease: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Take guesses out of the budgets, so that nobody waits for them. In effect at once.",
        discussion: "Wrong passwords stay remembered: a device that sends one again is not counted anew.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Guesses at this account.") var account: String?
    @Option(help: "Guesses from this network, as 'list' shows it, or from the network of this address.")
    var network: Network?
    @Flag(help: "All guesses.") var all = false

    func validate() throws {
        if all == (account != nil || network != nil) {
            throw ValidationError("say whom to release: --account, --network, both, or --all")
        }
    }

    func run() throws {
        let session = try Session(global)
        let name = try account.map { try session.recordedName($0) }
        let window = Throttling(session.configuration).window(at: .now())
        let place = network?.description
        let change = session.change(
            subject: name ?? place ?? "all", "throttle released",
            name != nil && place != nil ? "from \(place ?? "")" : "")
        let count = try session.storing { (store) throws(StoreError) in
            try store.releaseGuesses(account: name, network: network, window, change: change)
        }
        guard count > 0 else { throw CommandFailure(.negative, "there was nothing to release") }
        Output.error("\(count) \(count == 1 ? "guess" : "guesses") released")
    }
}
