import Authentication
import Credentials

/// What another policy changes for one account.
struct PolicyEffect: Encodable {
    struct Ending: Encodable {
        let id: String
        let name: String
        @OrNull var before: String?
        let after: String
    }

    let account: String
    /// What signed in of late and could not any more.
    let stops: [StoppedPrograms.Program]
    /// App passwords that would end at another time.
    let endings: [Ending]
    /// How many app passwords it has beyond what would be allowed; they go on.
    let tooMany: Int

    /// - Parameters:
    ///   - after: All that would hold for the account.
    ///   - setsAge: Whether the change is about the maximum age, too.
    init(_ store: Store, _ account: AccountState, _ after: Policy, setsAge: Bool, now: Timestamp) throws(StoreError) {
        self.account = account.name.text
        stops = try StoppedPrograms(store, account, account.under(after), now: now).programs
        let live = try store.appPasswords(account: account.name).filter {
            !$0.isOfSession && $0.revoked == nil && $0.state(at: now) != .expired
        }
        let (age, most) = (after.maxAge ?? 0, after.mostAppPasswords ?? 0)
        let latest = now.adding(seconds: age)
        endings = live.compactMap {
            if age == 0 || !setsAge { return nil }
            if let expires = $0.expires, expires <= latest { return nil }
            return Ending(id: $0.id, name: $0.name, before: $0.expires?.iso8601, after: latest.iso8601)
        }
        tooMany = most > 0 ? max(0, live.count - Int(most)) : 0
    }

    var isNothing: Bool { stops.isEmpty && endings.isEmpty && tooMany == 0 }

    /// For a table: what changes, one line each.
    var lines: [String] {
        stops.map {
            if $0.needsEnrolment {
                return "webmail from \($0.network) reads no mail until a second factor is enrolled (last \($0.last))"
            }
            let what = $0.credential == Store.mainCredential ? "the main password" : "app password \($0.credential)"
            return "\($0.service) with \(what) from \($0.network) stops (last \($0.last))"
        }
            + endings.map {
                "app password \($0.id) (\($0.name)) ends \($0.after) instead of \($0.before ?? "never")"
            } + (tooMany > 0 ? ["\(tooMany) app passwords more than allowed: they go on, new ones are refused"] : [])
    }

    /// Of accounts, under a change of their own policy or their domain's.
    ///
    /// - Parameter policy: What would be in force for an account, from what it says itself.
    static func of(
        _ accounts: [AccountState], _ session: Session, _ change: PolicyChange, policy: (_ own: Policy) -> Policy
    ) throws(CommandFailure) -> [PolicyEffect] {
        let setsAge = change.said.maxAge != nil || change.unsaid.contains(.maxAge)
        let now = Timestamp.now()
        var progress = Progress("accounts", of: accounts.count)
        var effects: [PolicyEffect] = []
        for account in accounts {
            let effect = try session.storing { (store) throws(StoreError) in
                let own = try store.policy(account: account.name) ?? Policy()
                return try PolicyEffect(store, account, policy(own), setsAge: setsAge, now: now)
            }
            if !effect.isNothing { effects.append(effect) }
            progress.step()
        }
        return effects
    }

    static func show(_ effects: [PolicyEffect], of accounts: Int, json: Bool) throws {
        if json { return try Output.json(effects) }
        Output.table(
            ["ACCOUNT", "WHAT WOULD CHANGE"], effects.flatMap { effect in effect.lines.map { [effect.account, $0] } })
        Output.error("\(effects.count) of \(accounts) accounts would notice; nothing was changed.")
    }
}
