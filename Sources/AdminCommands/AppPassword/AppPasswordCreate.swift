import ArgumentParser
import Authentication
import Credentials

struct AppPasswordCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an app password and show it, once.",
        discussion: """
            The secret goes to standard output by itself, everything else to standard error. Policy may say how long it lives
            at most: that is then the default.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Option(help: "What it is for, such as \"Phone\".") var name: String
    @Option(help: "A service it may use: imap, pop3, smtp or sieve. Repeat for more; all of them by default.")
    var service: [Service] = []
    @Option(help: "When it ends: a date or a time from now (2027-01-31, 180d).") var expires: Moment?
    @Option(help: "A network it may be used from, such as 198.51.100.0/24. Repeat for more.") var network: [CIDR] = []
    @Flag(help: "Sixteen symbols instead of twenty-five, for devices with small fields; costs a slow hash a sign-in.")
    var compact = false
    @OptionGroup var delivery: AppPasswordDelivery

    func validate() throws {
        guard !name.isEmpty, name.count <= NewAppPassword.longestName,
            name.unicodeScalars.allSatisfy({ $0.isVisible })
        else {
            throw ValidationError("--name has 1 to \(NewAppPassword.longestName) visible characters.")
        }
        guard service.allSatisfy(\.isMail) else { throw ValidationError("App passwords never open the web.") }
    }

    func run() throws {
        let profile = try delivery.openProfile()
        let session = try Session(global)
        let account = try session.account(address)
        let policy = try session.storing { (store) throws(StoreError) in
            try store.policyInForce(account: account.name)
        }
        let now = Timestamp.now()
        let new = NewAppPassword(
            name: name, scope: service.isEmpty ? .mail : Scope(service), networks: network,
            expires: try AppPasswordTerm(policy, now).end(expires?.end(from: now)))
        try delivery.deliver(new, isCompact: compact, account, session, in: profile) {
            store, verifier, change throws(StoreError) in
            if let most = policy.mostAppPasswords, most > 0 {
                let live = try store.liveAppPasswords(account: account.name, now: now)
                if live >= most {
                    return .refused(
                        CommandFailure(
                            .negative,
                            "\(account.name.text) has \(live) app passwords, and policy allows no more; revoke one first"
                        ))
                }
            }
            let id = try store.addAppPassword(new, verifier: verifier, account: account.name) { id in
                change("app-password create", "\(id) \(LogText.encode(name))")
            }
            return id.map { .added(id: $0) } ?? .refused(.noAccount(account.name))
        }
    }
}

/// How long policy lets a new app password live.
struct AppPasswordTerm {
    private let longest: Int64
    private let now: Timestamp

    init(_ policy: Policy, _ now: Timestamp) {
        longest = policy.maxAge ?? 0
        self.now = now
    }

    /// When it ends: never silently later than policy has it.
    ///
    /// - Parameter asked: Nil for as long as may be.
    func end(_ asked: Timestamp?) throws(CommandFailure) -> Timestamp? {
        guard longest > 0 else { return asked }
        let latest = now.adding(seconds: longest)
        guard let asked else { return latest }
        guard asked <= latest else {
            throw CommandFailure(
                .badInput,
                "policy lets app passwords live \(Setting.text(ofSeconds: Int(longest))): until \(latest.iso8601) and no longer"
            )
        }
        return asked
    }
}
