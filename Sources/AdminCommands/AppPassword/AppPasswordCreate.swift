import Bytes
import ArgumentParser
import Authentication
import Credentials

struct AppPasswordCreate: ParsableCommand {
    /// Characters of a name.
    private static let longestName = 64

    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an app password and show it, once.",
        discussion: "The secret goes to standard output by itself, everything else to standard error.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Option(help: "What it is for, such as \"Phone\".") var name: String
    @Option(help: "A service it may use: imap, pop3, smtp or sieve. Repeat for more; all of them by default.")
    var service: [Service] = []
    @Option(help: "When it ends: a date or a time from now (2027-01-31, 180d).") var expires: Moment?
    @Option(help: "A network it may be used from, such as 198.51.100.0/24. Repeat for more.") var network: [CIDR] = []
    @Flag(help: "Sixteen symbols instead of twenty-five, for devices with small fields; costs a slow hash a sign-in.")
    var compact = false

    func validate() throws {
        guard !name.isEmpty, name.count <= Self.longestName, name.unicodeScalars.allSatisfy(Printable.isVisible) else {
            throw ValidationError("--name has 1 to \(Self.longestName) visible characters.")
        }
        guard service.allSatisfy(\.isMail) else { throw ValidationError("App passwords never open the web.") }
    }

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address).name
        let new = NewAppPassword(
            name: name, scope: service.isEmpty ? .mail : Scope(service), networks: network,
            expires: try expires?.end(from: .now()))
        let secret = try make()
        let verifier = try verifier(of: secret, account, session)
        let id = try session.storing { (store) throws(StoreError) in
            try store.addAppPassword(new, verifier: verifier, account: account) { id in
                session.change(subject: account.text, "app-password create", "\(id) \(LogText.encode(name))")
            }
        }
        guard let id else { throw CommandFailure.noAccount(account) }
        try Output.secret(
            AppPasswordText.display(secret),
            "App password \(id) for \(account.text). It is shown this once; spaces and hyphens do not matter:")
    }

    private func make() throws(CommandFailure) -> Secret {
        do throws(RandomFailure) {
            return compact ? try AppPasswordText.makeCompact() : try AppPasswordText.makeGenerated()
        } catch {
            throw CommandFailure(.hash(.noRandom))
        }
    }

    private func verifier(of secret: borrowing Secret, _ account: AccountName, _ session: Session)
        throws(CommandFailure) -> Store.Verifier
    {
        guard compact else { return .mac(session.keys.appPassword.mac(account: account.text, secret: secret)) }
        do throws(HashError) {
            return .compact(
                hash: try SlowHasher(session.configuration).make(secret),
                tag: session.keys.tag(of: secret, account: account))
        } catch {
            throw CommandFailure(.hash(error))
        }
    }
}
