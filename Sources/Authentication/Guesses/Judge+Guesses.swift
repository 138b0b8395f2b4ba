import Bytes
import Credentials

/// How attempts are counted.
extension Judge {
    /// The MAC that a wrong secret is remembered by; random bytes for a malformed exchange. Nil if the kernel gives
    /// none.
    func guessMAC(_ facts: Facts) -> [UInt8]? {
        guard facts.problem == nil else { return try? randomBytes(Keys.guessLength) }
        // Malformed names are all recorded under the empty name; the MAC tells them apart.
        let name = facts.name?.text ?? String(decoding: facts.attempt.userName, as: UTF8.self)
        return keys.guess.mac(account: name, secret: facts.attempt.secret.raw)
    }

    /// The MAC that a refused main password is counted by. Each spelling counts apart, as with wrong passwords, so it
    /// is a MAC of the secret, but under a key that ends with the process. A process without such a key uses no MAC of
    /// the secret and counts once for each account and network.
    func refusedMAC(_ account: AccountState, _ facts: Facts) -> [UInt8] {
        lookedSecrets?.guessMAC(facts.attempt.secret.raw, account: account.name, facts.network)
            ?? codeMAC(account.name.text, "refused", Secret(Array((account.mainHash ?? "").utf8)))
    }

    /// The MAC that a secret is counted by if it cannot be verified: it may be right, so not under a key of the key
    /// file. Random bytes if the process has no key of its own; nil if the kernel gives none.
    func unverifiedMAC(_ facts: Facts) -> [UInt8]? {
        let ephemeral = facts.name.flatMap {
            lookedSecrets?.guessMAC(facts.attempt.secret.raw, account: $0, facts.network)
        }
        return ephemeral ?? (try? randomBytes(Keys.guessLength))
    }

    /// The MAC that tells a code from other codes of the account.
    func codeMAC(_ account: String, _ context: String, _ code: borrowing Secret) -> [UInt8] {
        keys.codeGuess.mac(account: "\(account) \(context)", secret: code)
    }

    /// What a secret is compared with at present.
    func look(at account: AccountState?) -> GuessLook {
        GuessLook(
            secretsGeneration: account?.secretsGeneration ?? 0, memoryLimit: hashMemoryLimit,
            isMapped: account?.isMainMapped ?? false)
    }

    /// Makes the record of a guess.
    ///
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

    /// Whether the first wrong secret need not be a guess: for a mail service, from a network that the account has
    /// signed in from, the likeliest cause is its owner's own device.
    private func mayBeFirst(_ facts: Facts) -> Bool {
        facts.account != nil && facts.knowsNetwork && facts.service?.isMail == true && !facts.network.isUnknown
            && !throttling.isTrusted(facts.attempt.address)
    }

    /// Makes the question whether a code buys a slow hash. A right code counts once for each account and time step,
    /// under no network, wherever it comes from.
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

    /// Makes the write that uses up a code. From a network new to the account, a right main password whose code is
    /// wrong or not looked at spends as much budget as a wrong password.
    func codeUse(_ account: AccountState, session: NewSession?, _ facts: Facts) -> CodeUse {
        // The same code again half a minute later is another guess.
        let mac = codeMAC(account.name.text, "\(TOTP.step(at: facts.now))", facts.attempt.code.raw)
        return CodeUse(
            account: account, code: facts.attempt.code, session: session, wrong: guess(.code, mac: mac, facts),
            spent: facts.knowsNetwork ? nil : guess(.refused, mac: refusedMAC(account, facts), facts),
            isOpen: { [throttling, now = facts.now] in throttling.judgeCodes($0, now: now) == nil })
    }

    /// Whether an operator should look at a refusal: so long after the second factor was enabled, the owner's own
    /// programs have app passwords.
    func isAlarming(_ denial: Denial, _ facts: Facts) -> Bool {
        guard denial.reason == .mainPasswordRefused, let account = denial.account, account.secondFactor != .off,
            let since = account.secondFactorSince, !facts.network.isUnknown
        else { return false }
        return since.adding(seconds: Self.settlingTime) <= facts.now
    }

    /// Seconds after the second factor is enabled in which old programs may still try the main password.
    private static let settlingTime: Int64 = 14 * 86_400

    /// What this process found the secret to be; nil if that is not remembered, or looking again could give another
    /// result.
    func finding(_ facts: Facts, name: AccountName) -> LookedSecrets.Finding? {
        let secret = lookedSecrets?.recall(facts.attempt.secret.raw, account: name, network: facts.network)
        guard let (finding, look) = secret, isCurrent(look, facts) else { return nil }
        return finding
    }

    /// Whether looking again would give the same result.
    func isCurrent(_ look: GuessLook, _ facts: Facts) -> Bool {
        !look.isOutdated(
            for: facts.account, memoryLimit: hashMemoryLimit,
            isASCII: MainPasswordText.isASCII(facts.attempt.secret.raw))
    }

    /// Remembers what the secret was found to be.
    func remember(_ finding: LookedSecrets.Finding, _ facts: Facts) {
        guard let name = facts.name, facts.second?.isSettled == false, !facts.isPreview else { return }
        lookedSecrets?.remember(
            finding, look(at: facts.account), of: facts.attempt.secret.raw, account: name, network: facts.network)
    }
}
