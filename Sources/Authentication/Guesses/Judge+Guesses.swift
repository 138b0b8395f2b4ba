import Bytes
import Credentials

/// How attempts are counted.
extension Judge {
    /// What the secret is remembered by if it is wrong; nil if there are no random bytes, where it needs some.
    func guessMAC(_ facts: Facts) -> [UInt8]? {
        guard facts.problem == nil else { return try? randomBytes(Keys.guessLength) }
        // No account can have a malformed name: all of them share the empty one, told apart by the MAC.
        let name = facts.name?.text ?? String(decoding: facts.attempt.userName, as: UTF8.self)
        return keys.guess.mac(account: name, secret: facts.attempt.secret.raw)
    }

    /// What a right main password is counted by. One spelling of it is not another, as with wrong ones: so by a MAC under a key
    /// that ends with the process. Without such a key by no MAC of the secret, once for each network.
    func refusedMAC(_ account: AccountState, _ facts: Facts) -> [UInt8] {
        lookedSecrets?.guessMAC(facts.attempt.secret.raw, account: account.name, facts.network)
            ?? codeMAC(account.name.text, "refused", Secret(Array((account.mainHash ?? "").utf8)))
    }

    /// What a secret is counted by that nobody can verify: by no MAC that the key file gives.
    func unverifiedMAC(_ facts: Facts) -> [UInt8]? {
        let ephemeral = facts.name.flatMap {
            lookedSecrets?.guessMAC(facts.attempt.secret.raw, account: $0, facts.network)
        }
        return ephemeral ?? (try? randomBytes(Keys.guessLength))
    }

    /// What tells a code from others of the account.
    func codeMAC(_ account: String, _ context: String, _ code: borrowing Secret) -> [UInt8] {
        keys.codeGuess.mac(account: "\(account) \(context)", secret: code)
    }

    /// What a secret is compared with now.
    func look(at account: AccountState?) -> GuessLook {
        GuessLook(
            secretsGeneration: account?.secretsGeneration ?? 0, memoryLimit: hashMemoryLimit,
            isMapped: account?.isMainMapped ?? false)
    }

    /// - Parameter alarm: As in `NewGuess`.
    func guess(_ kind: KnownGuess.Kind, mac: [UInt8], _ facts: Facts, alarm: Retention? = nil) -> NewGuess {
        let spendsAgain = facts.name != nil && facts.second?.isSettled == false && kind != .code
        return NewGuess(
            kind: kind, account: facts.name?.text ?? "", network: facts.network, mac: mac,
            look: look(at: facts.account),
            rank: facts.rank, service: facts.service?.rawValue ?? "",
            freeFirsts: kind == .wrong && mayBeFirst(facts) ? throttling.free : nil, isLooked: spendsAgain,
            window: throttling.window(at: facts.now), alarm: alarm)
    }

    /// Whether a wrong secret may be nobody's guess: of those, somebody's own device is the likeliest reason.
    private func mayBeFirst(_ facts: Facts) -> Bool {
        facts.account != nil && facts.knowsNetwork && facts.service?.isMail == true && !facts.network.isUnknown
            && !throttling.isTrusted(facts.attempt.address)
    }

    /// A right code counts once for each account and step, from wherever it comes: of no network.
    func earlyCode(_ facts: Facts) -> EarlyCode {
        let (attempt, now) = (facts.attempt, facts.now)
        let name = facts.name?.text ?? ""
        let guess = NewGuess(
            kind: .earlyCode, account: name, network: Network(of: nil), mac: [], look: look(at: facts.account),
            rank: facts.account == nil ? .noAccount : .newNetwork, service: facts.service?.rawValue ?? "",
            isLooked: false, window: throttling.window(at: now))
        return EarlyCode(code: attempt.code, account: facts.account, guess: guess) { [self] look in
            let step = TOTP.step(at: now)
            return switch look {
            case .step(let used): codeMAC(name, "bought", Secret(Array("\(used)".utf8)))
            case .recovery(let verifier): codeMAC(name, "bought \(step)", Secret(verifier))
            case .wrong: codeMAC(name, "\(step)", attempt.code.raw)
            }
        } isOpen: { [throttling] in
            throttling.judgeCodes($0, now: now) == nil
        }
    }

    /// The right main password, with a code that is not looked at or wrong, costs the budgets of a network new to the account as
    /// much as a wrong one, whatever the code.
    func codeUse(_ account: AccountState, session: NewSession?, _ facts: Facts) -> CodeUse {
        // The same code again half a minute later is another guess.
        let mac = codeMAC(account.name.text, "\(TOTP.step(at: facts.now))", facts.attempt.code.raw)
        return CodeUse(
            account: account, code: facts.attempt.code, session: session, wrong: guess(.code, mac: mac, facts),
            spent: facts.knowsNetwork ? nil : guess(.refused, mac: refusedMAC(account, facts), facts),
            isOpen: { [throttling, now = facts.now] in throttling.judgeCodes($0, now: now) == nil })
    }

    /// Whether somebody should look at a refusal: by now the owner's own programs have app passwords.
    func isAlarming(_ denial: Denial, _ facts: Facts) -> Bool {
        guard denial.reason == .mainPasswordRefused, let account = denial.account, account.secondFactor != .off,
            let since = account.secondFactorSince, !facts.network.isUnknown
        else { return false }
        return since.adding(seconds: Self.settlingTime) <= facts.now
    }

    /// Seconds after a second factor is switched on for which old programs may go on trying.
    private static let settlingTime: Int64 = 14 * 86_400

    /// What this process found the secret to be, unless looking again could find something else.
    func finding(_ facts: Facts, name: AccountName) -> LookedSecrets.Finding? {
        let secret = lookedSecrets?.recall(facts.attempt.secret.raw, account: name, network: facts.network)
        guard let (finding, look) = secret, isCurrent(look, facts) else { return nil }
        return finding
    }

    /// Whether looking again could find nothing else.
    func isCurrent(_ look: GuessLook, _ facts: Facts) -> Bool {
        !look.isOutdated(
            for: facts.account, memoryLimit: hashMemoryLimit,
            isASCII: MainPasswordText.isASCII(facts.attempt.secret.raw))
    }

    /// For the next time.
    func remember(_ finding: LookedSecrets.Finding, _ facts: Facts) {
        guard let name = facts.name, facts.second?.isSettled == false, !facts.isPreview else { return }
        lookedSecrets?.remember(
            finding, look(at: facts.account), of: facts.attempt.secret.raw, account: name, network: facts.network)
    }
}
