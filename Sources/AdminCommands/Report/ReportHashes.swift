import Administration
import ArgumentParser
import Authentication
import Credentials

struct ReportHashes: ParsableCommand {
    private struct View: ListEntry {
        static let headings = ["SCHEME", "MAIN PASSWORDS", "APP PASSWORDS", "STATE"]

        let scheme: String
        let mainPasswords: Int
        let appPasswords: Int
        /// `current`, `older` (replaced at the next successful sign-in) or `unverifiable`.
        let state: String
        var cells: [String] { [scheme, "\(mainPasswords)", "\(appPasswords)", state] }
    }

    private struct Kind: Hashable {
        let scheme: String
        let state: String
    }

    static let configuration = CommandConfiguration(
        commandName: "hashes",
        abstract: "Count the hashes of main passwords, compact and imported app passwords by scheme.",
        discussion: "An older hash is replaced at the next successful sign-in. --scheme lists who still has one.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "List the accounts that have a hash of this scheme.") var scheme: String?
    @OptionGroup var format: ListOptions

    func run() throws {
        let session = try Session(global)
        if let scheme { return try list(scheme.uppercased(), session) }
        var counts: [Kind: (main: Int, app: Int)] = [:]
        try each(session) { hash in
            let kind = Kind(
                scheme: PasswordHash.scheme(of: hash.stored), state: state(hash.stored, session.configuration))
            counts[kind, default: (0, 0)].main += hash.appPassword == nil ? 1 : 0
            counts[kind, default: (0, 0)].app += hash.appPassword == nil ? 0 : 1
        }
        let views = counts.sorted { ($0.key.scheme, $0.key.state) < ($1.key.scheme, $1.key.state) }.map {
            View(
                scheme: $0.key.scheme, mainPasswords: $0.value.main, appPasswords: $0.value.app, state: $0.key.state)
        }
        try format.print(views)
    }

    private struct Holder: ListEntry {
        static let headings = ["ACCOUNT", "PASSWORD"]
        let account: String
        @OrNull var appPassword: String?
        var cells: [String] { [account, appPassword ?? "main password"] }
    }

    private func list(_ scheme: String, _ session: Session) throws {
        var found: [Holder] = []
        try each(session) { hash in
            guard PasswordHash.scheme(of: hash.stored) == scheme else { return }
            found.append(Holder(account: hash.account, appPassword: hash.appPassword))
        }
        try format.print(found)
    }

    private func each(_ session: Session, _ body: (Store.StoredHash) -> Void) throws(AdministrationError) {
        try session.admin.storing { (store) throws(StoreError) in try store.eachHash(body) }
    }

    private func state(_ stored: String, _ configuration: Configuration) -> String {
        guard
            let hash = try? PasswordHash(stored: stored, memoryLimit: UInt32(configuration.hashMemoryLimit))
        else { return "unverifiable" }
        return hash.isOlder(thanMemory: UInt32(configuration.hashMemory), passes: UInt32(configuration.hashPasses))
            ? "older" : "current"
    }
}
