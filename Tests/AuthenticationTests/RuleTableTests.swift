import Bytes
import TestSupport
import Testing

@testable import Authentication
@testable import Credentials

/// The rule as data: `Rule` alone decides every row, without a database, a hash or a log.
struct RuleTableTests {
    private let now = Timestamp(1_800_000_000)

    @Test(arguments: DecisionRow.all)
    func row(_ row: DecisionRow) throws {
        switch try answer(row, facts(row)) {
        case .grant(_, _, let isPending): #expect(row.outcome == (isPending ? "enrol" : "granted"))
        case .deny(let denial):
            #expect(row.outcome == "denied" && row.reason == denial.reason.rawValue)
            #expect(row.guess == "no")
        // The store decides whether a wrong secret is the first one from a known network.
        case .count(.wrong, let denial):
            #expect(row.reason == denial.reason.rawValue && (row.guess == "yes" || row.guess == "first"))
        case .count(.refused, let denial): #expect(row.reason == denial.reason.rawValue && row.guess == "spends")
        case .commit(.code(let account, _, _)):
            // The store also decides whether a code is right.
            #expect(account.secondFactor == .totp && row.service == "web" && row.secret.hasPrefix("main+"))
            #expect(row.outcome == "granted" || row.reason.hasPrefix("second-factor-"))
        case let other: Issue.record("\(other)")
        }
    }

    private func facts(_ row: DecisionRow) -> Facts {
        let userName =
            row.account == "malformed" ? "us er@example.org" : row.account == "empty" ? "" : "user@example.org"
        let code = row.secret.contains("+") || row.secret == "recovery" ? "123456" : ""
        let attempt = Attempt(
            userName: Array(userName.utf8), secret: Secret(Array("whatever".utf8)),
            code: Secret(row.isForMail ? [] : Array(code.utf8)), service: row.service, address: IPAddress(row.network))
        return Facts(
            attempt: attempt, isPreview: false, problem: nil, name: AccountName(userName),
            service: Service(channelName: row.service), foreignIdentity: nil, wantsSession: false, now: now)
    }

    /// Supplies facts until the rule asks for no more.
    private func answer(_ row: DecisionRow, _ begun: Facts) throws -> Rule.Next {
        var facts = begun
        let match = try match(row)
        for _ in 0..<10 {
            switch Rule.next(facts) {
            case .look(.first):
                var generated: AppPassword?
                if case .appPassword(let found, _) = match, found.kind == .generated { generated = found }
                facts.first = FirstAnswer(account: try account(row), appPassword: generated)
            case .look(.second):
                let isKnown = Network(of: facts.attempt.address) == Network(of: IPAddress("192.0.2.7"))
                facts.second = Facts.Second(
                    knowsNetwork: isKnown && facts.account != nil, verdict: .open(Budgets(pair: 10)),
                    counted: Budgets(pair: 0),
                    mayBuyHash: true, isKnownWrong: false, isKnownRefused: false, right: nil, slow: [],
                    mac: [1, 2, 3], releases: 0)
            case .reserve(let allowance):
                let entry = InFlightGuesses().reserve(facts.place, allowance, releases: 0)
                guard case .reserved(let reservation) = entry else { throw TestFailure("nobody else is there") }
                facts.reservation = reservation
            case .hash: facts.proof = Proof(match: match, failure: nil)
            case .look(.proof): facts.proof?.isCurrent = true
            case let answer: return answer
            }
        }
        throw TestFailure("no end")
    }

    private func match(_ row: DecisionRow) throws -> Match? {
        guard row.account != "absent" else { return nil }
        if row.secret.hasPrefix("main") {
            // A mail program has no field for a code, so people append it to the password.
            return row.isForMail && row.secret != "main" ? nil : .mainPassword(nil)
        }
        guard row.secret.hasPrefix("app"), row.secret != "app-other" else { return nil }
        let networks = row.secret == "app-net" ? [CIDR("198.51.100.0/24")].compactMap { $0 } : []
        return .appPassword(
            AppPassword(
                account: try World.name("user@example.org"), id: "a",
                kind: row.secret == "app-compact" ? .compact : .generated,
                name: "Phone", scope: row.secret == "app-all" ? .mail : Scope([.imap, .smtp]), networks: networks,
                created: now, expires: row.secret == "app-expired" ? now.adding(seconds: -1) : nil,
                disabled: row.secret == "app-disabled" ? now : nil, revoked: row.secret == "app-revoked" ? now : nil,
                isOfSession: false, successor: nil), nil)
    }

    private func account(_ row: DecisionRow) throws -> AccountState? {
        guard row.account != "absent", row.account != "alias" else { return nil }
        return AccountState(
            name: try World.name("user@example.org"), generation: 1, mainHash: "x", isMainMapped: true, former: nil,
            secretsGeneration: 1, mainGeneration: 0, mustChange: row.account == "must-change",
            disabledSince: row.account == "disabled" ? now : nil, disabledUntil: nil,
            secondFactor: SecondFactor(rawValue: row.secondFactor) ?? .off, secondFactorSince: nil,
            appPasswordsRequired: row.policy == "app-passwords", secondFactorRequired: row.policy == "second-factor",
            services: .mail, sendsAsAny: false,
            mailbox: MailboxOverrides(), created: now)
    }
}
