import Administration
import Authentication
import Bytes
import Credentials
import WireProtocols

/// What an owner sees of an account: the replies of verbs that change nothing.
enum OwnerView {
    /// Uses of an app password, of the main password and of the previous one that are shown.
    private static let maxUses = 20
    /// Sign-ins that are shown: a reply must stay below `ConnectionHandler.maxUnsentToPortal`.
    private static let maxSignIns = 500
    /// Guesses, and changes, that are shown.
    private static let maxEntries = 500
    /// Seconds of which sign-ins with the main password are shown: as in `StoppedPrograms`.
    private static let recent = StoppedPrograms.days * 86_400

    static func words(_ scope: Scope) -> String { scope.services.map(\.rawValue).joined(separator: " ") }

    static func devices(_ owner: Owner) throws(AdministrationError) -> Secret {
        let (account, now) = (owner.account, owner.now)
        let putBacks = try owner.putBacks()
        return try owner.admin.storing { store throws(StoreError) in
            var reply = AccountReply()
            let uses = try store.lastUses(account: account.name)
            for appPassword in try store.appPasswords(account: account.name) {
                if appPassword.isOfSession {
                    guard appPassword.state(at: now) == .active else { continue }
                    reply.row(
                        "webmail",
                        [("created", appPassword.created.iso8601), ("expires", appPassword.expires?.iso8601)])
                } else if appPassword.revoked == nil || putBacks.contains(appPassword.id) {
                    reply.row("device", fields(appPassword, uses[appPassword.id], putBacks, now))
                }
            }
            let mainUses = try store.signIns(of: account.name, since: now.adding(seconds: -recent)).filter {
                $0.credential == Store.mainCredential && isMainPasswordGranted(account, $0.service, now)
            }
            for use in mainUses.sorted(by: { $0.last > $1.last }).prefix(maxUses) {
                reply.row(
                    "main-use",
                    [("service", use.service), ("network", use.network.description), ("last", use.last.iso8601)])
            }
            let window = Throttling(owner.admin.configuration).window(at: now)
            for use in try store.formerUses(account: account.name.text, window).suffix(maxUses) {
                reply.row(
                    "old-use",
                    [("service", use.service), ("network", use.network.description), ("last", use.last.iso8601)])
            }
            let policy = try store.policyInForce(account: account.name)
            return reply.end(.ok, facts(owner) + [("latest-end", policy.latestEnd(from: now)?.iso8601)])
        }
    }

    /// Whether the main password still opens a mail service.
    private static func isMainPasswordGranted(_ account: AccountState, _ service: String, _ now: Timestamp) -> Bool {
        guard let service = Service(rawValue: service), service.isMail else { return false }
        if case .grant = Rule.judgeMainPassword(account: account, service: service, now: now) { return true }
        return false
    }

    /// What each page says of the account.
    private static func facts(_ owner: Owner) -> AccountReply.Fields {
        let account = owner.account
        return [
            ("account", account.name.text), ("second-factor", account.secondFactor.rawValue),
            ("second-factor-required", yes(account.secondFactorRequired)), ("must-change", yes(account.mustChange)),
            ("confirmed", yes(owner.session.isConfirmed(at: owner.now))),
        ]
    }

    /// `yes`, or nothing.
    private static func yes(_ flag: Bool) -> String? { flag ? "yes" : nil }

    private static func fields(
        _ appPassword: AppPassword, _ use: LastUse?, _ putBacks: Set<String>, _ now: Timestamp
    ) -> AccountReply.Fields {
        [
            ("id", appPassword.id), ("name", appPassword.name), ("kind", appPassword.kind.rawValue),
            ("services", words(appPassword.scope)), ("created", appPassword.created.iso8601),
            ("expires", appPassword.expires?.iso8601), ("state", appPassword.state(at: now).rawValue),
            ("networks", appPassword.networks.map(\.description).joined(separator: " ")),
            ("used", use?.at.iso8601), ("used-service", use?.way?.service),
            ("used-network", use?.way?.network.description), ("successor", appPassword.successor),
            ("put-back", yes(putBacks.contains(appPassword.id))),
        ]
    }

    static func device(_ id: String, _ owner: Owner) throws(AdministrationError) -> Secret {
        let appPassword = try owner.appPassword(id)
        let putBacks = try owner.putBacks()
        let name = owner.account.name
        return try owner.admin.storing { store throws(StoreError) in
            var reply = AccountReply()
            reply.row("device", fields(appPassword, try store.lastUses(account: name)[id], putBacks, owner.now))
            let uses = try store.signIns(of: name, since: Timestamp(.min)).filter { $0.credential == id }
            for use in uses.sorted(by: { $0.last > $1.last }).prefix(maxUses) { reply.row("use", fields(use)) }
            return reply.end(.ok, facts(owner))
        }
    }

    private static func fields(_ use: Store.SignInRecord) -> AccountReply.Fields {
        [
            ("credential", use.credential), ("service", use.service), ("network", use.network.description),
            ("first", use.first.iso8601), ("last", use.last.iso8601), ("count", "\(use.count)"),
        ]
    }

    static func secondFactor(_ owner: Owner) throws(AdministrationError) -> Secret {
        var reply = AccountReply()
        if owner.account.secondFactor == .off {
            let names = try names(owner)
            for program in try owner.stoppedBySecondFactor().programs {
                reply.row(
                    "stop",
                    [
                        ("service", program.service.rawValue), ("network", program.network.description),
                        ("credential", program.credential), ("name", names[program.credential]),
                        ("last", program.last.iso8601),
                    ])
            }
        }
        let detail = try owner.admin.storing { store throws(StoreError) in
            try store.secondFactorDetail(account: owner.account.name)
        }
        return reply.end(
            .ok,
            facts(owner) + [
                ("since", owner.account.secondFactorSince?.iso8601),
                ("codes", "\(detail.recoveryCodes)"), ("unused-codes", "\(detail.unusedRecoveryCodes)"),
            ])
    }

    static func activity(_ owner: Owner) throws(AdministrationError) -> Secret {
        let name = owner.account.name
        let names = try names(owner)
        return try owner.admin.storing { store throws(StoreError) in
            var reply = AccountReply()
            for alarm in try store.alarms(since: owner.now.adding(seconds: -recent)) where alarm.account == name.text {
                reply.row("alarm", [("network", alarm.network.description), ("at", alarm.at.iso8601)])
            }
            for use in try store.signIns(of: name, since: Timestamp(.min))
                .sorted(by: { $0.last < $1.last }).suffix(maxSignIns)
            {
                reply.row("sign-in", fields(use) + [("name", names[use.credential])])
            }
            for guess in try store.rememberedGuesses(account: name, limit: maxEntries) {
                reply.row(
                    "guess",
                    [
                        ("kind", guess.kind.rawValue), ("service", guess.service),
                        ("network", guess.network.description), ("first", guess.first.iso8601),
                        ("last", guess.last.iso8601), ("count", "\(guess.attempts)"), ("old", yes(guess.isFormer)),
                    ])
            }
            for change in try store.changes(subject: name.text).suffix(maxEntries) {
                reply.row(
                    "change",
                    [
                        ("at", change.at.iso8601), ("actor", change.actor), ("action", change.action),
                        ("detail", change.detail),
                    ])
            }
            return reply.end(.ok, facts(owner))
        }
    }

    /// The names of app passwords by their ids.
    private static func names(_ owner: Owner) throws(AdministrationError) -> [String: String] {
        let all = try owner.admin.storing { store throws(StoreError) in
            try store.appPasswords(account: owner.account.name)
        }
        return Dictionary(all.map { ($0.id, $0.name) }) { first, _ in first }
    }

    static func sessions(_ owner: Owner) throws(AdministrationError) -> Secret {
        var reply = AccountReply()
        for session in try owner.sessions() {
            reply.row(
                "session",
                [
                    ("id", session.id), ("opened", session.opened.iso8601), ("used", session.used.iso8601),
                    ("network", session.network.description), ("current", yes(session.id == owner.session.id)),
                ])
        }
        return reply.end(.ok, facts(owner))
    }
}
