import ArgumentParser
import Authentication
import Credentials

struct AppPasswordRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a successor of an app password; the old one goes on for a while.",
        discussion: """
            The successor has the same name, services and networks, and lives as long as the old one was made for, unless policy
            has it shorter. It is shown once, as by 'create'.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Argument(help: "The id, as 'list' shows it.") var id: String
    @Option(help: "How long the old one goes on (7d, 1h, 0s).") var grace = Duration(days: 7)
    @Option(help: "When the new one ends: a date or a time from now (2027-01-31, 180d).") var expires: Moment?
    @OptionGroup var delivery: AppPasswordDelivery

    /// Seconds. What lives on for longer is not replaced.
    private static let longestGrace: Int64 = 90 * 86_400

    func validate() throws {
        if grace.seconds > Self.longestGrace { throw ValidationError("--grace is 90d at most.") }
    }

    func run() throws {
        let profile = try delivery.openProfile()
        let session = try Session(global)
        let account = try session.account(address)
        let now = Timestamp.now()
        let (old, policy) = try session.storing { (store) throws(StoreError) in
            (
                try store.appPassword(id: id.lowercased(), account: account.name),
                try store.policyInForce(account: account.name)
            )
        }
        let noneSuch = CommandFailure(
            .negative, "\(account.name.text) has no such app password, or it is revoked or disabled")
        guard let old else { throw noneSuch }
        let term = AppPasswordTerm(policy, now)
        let length = old.expires.map { $0.seconds - old.created.seconds }
        let end: Timestamp?
        if let expires {
            end = try term.end(expires.end(from: now))
        } else {
            let latest = try term.end(nil)
            let same = length.map { now.adding(seconds: $0) }
            end = [latest, same].compactMap { $0 }.min()
        }
        let new = NewAppPassword(name: old.name, scope: old.scope, networks: old.networks, expires: end)
        let oldEnd = now.adding(seconds: grace.seconds)
        try delivery.deliver(new, isCompact: old.kind == .compact, account, session, in: profile) {
            store, verifier, change throws(StoreError) in
            let result = try store.rotateAppPassword(
                old.id, to: new, verifier: verifier, end: oldEnd, account: account.name
            ) { made in
                let name = LogText.encode(old.name)
                return change("app-password rotate", "\(old.id) to \(made) \(name), until \(oldEnd.iso8601)")
            }
            switch result {
            case .done(let made): return .added(id: made)
            case .noneSuch: return .refused(noneSuch)
            case .rotatedBefore(let successor):
                return .refused(
                    CommandFailure(
                        .negative, "\(successor) takes the place of \(old.id) already; rotate that one, or revoke it"))
            }
        }
        let last = [old.expires, oldEnd].compactMap { $0 }.min() ?? oldEnd
        Output.error("The old one, \(old.id), \(last <= now ? "has ended" : "goes on until \(last.iso8601)").")
    }
}

extension Duration {
    init(days: Int64) { seconds = days * 86_400 }
}
