package import Credentials

/// Decides who may sign in. Every program asks this one.
package final class Authenticator {
    /// What an attempt led to, and what is left to write once the answer is out.
    package struct Decision: Sendable {
        package let outcome: Outcome
        package let followUp: FollowUp?
    }

    /// Times an attempt starts over because the account changed while a slow hash ran.
    private static let mostRounds = 3

    let store: Store
    let keys: Keys
    let configuration: Configuration
    package let hasher: SlowHasher
    let slots: HashSlots
    private let log: AuthLog
    private let clock: @Sendable () -> Timestamp

    package init(
        store: Store, keys: Keys, configuration: Configuration, log: AuthLog,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.store = store
        self.keys = keys
        self.configuration = configuration
        self.log = log
        self.clock = clock
        hasher = SlowHasher(configuration)
        slots = HashSlots(directory: configuration.directory, count: configuration.hashWorkers)
    }

    /// Opens what the configuration names.
    package convenience init(_ configuration: Configuration, log: AuthLog) throws(Unavailability) {
        let keys: Keys
        let store: Store
        do { keys = try KeyFile.load(path: configuration.keyFile) } catch { throw .keyFile(error) }
        do { store = try Store(path: configuration.database, keys: keys) } catch { throw .store(error) }
        self.init(store: store, keys: keys, configuration: configuration, log: log)
    }

    /// The answer, counted and logged.
    package func decide(_ attempt: Attempt) -> Decision {
        let decision = evaluate(attempt, isPreview: false)
        log.write(decision.outcome, attempt: attempt)
        return decision
    }

    /// What `decide` would answer. Counts nothing, uses up no code and logs nothing.
    package func preview(_ attempt: Attempt) -> Outcome { evaluate(attempt, isPreview: true).outcome }

    /// The account that a look-up without a password asks for; nil if there is none.
    package func lookUp(_ userName: [UInt8]) throws(Unavailability) -> AccountState? {
        guard let name = AccountName(userName, defaultDomain: configuration.defaultDomain) else { return nil }
        return try storing { () throws(StoreError) in try self.store.account(name) }
    }

    /// For a process that answers one attempt: its end costs no write.
    package func leaveLogOnClose() { store.leaveLogOnClose() }

    // MARK: One attempt

    /// A secret that turned out to be right.
    private enum Match {
        case mainPassword(Upgrade?)
        case appPassword(AppPassword, Upgrade?)
    }

    /// What one consistent read of the store said.
    private struct View {
        var account: AccountState?
        var generated: AppPassword?
        var known: KnownGuess?
        var slow: [SlowCandidate] = []
        var knowsNetwork = false
    }

    /// The attempt with its parts understood.
    private struct Question {
        let attempt: Attempt
        let name: AccountName
        let service: Service
        let network: Network
        let now: Timestamp
        let isPreview: Bool
    }

    private func evaluate(_ attempt: Attempt, isPreview: Bool) -> Decision {
        do {
            return try decision(attempt, isPreview: isPreview)
        } catch {
            return Decision(outcome: .unavailable(error), followUp: nil)
        }
    }

    private func decision(_ attempt: Attempt, isPreview: Bool) throws(Unavailability) -> Decision {
        let network = Network(of: attempt.address)
        let now = clock()
        guard let name = AccountName(attempt.userName, defaultDomain: configuration.defaultDomain) else {
            // No account can have this name: all of them share the empty one, told apart by the MAC.
            let mac = keys.guess.mac(account: String(decoding: attempt.userName, as: UTF8.self), secret: attempt.secret)
            let counted = try count(
                .wrong, account: "", generation: 0, network: network, mac: mac, now: now, isPreview: isPreview)
            return denied(Denial(reason: .malformedName, guess: counted, fingerprint: fingerprint(mac)))
        }
        guard let service = Service(channelName: attempt.service) else {
            return denied(Denial(reason: .unknownService, guess: .none))
        }
        let question = Question(
            attempt: attempt, name: name, service: service, network: network,
            now: now, isPreview: isPreview)

        for _ in 0..<Self.mostRounds {
            let view = try read(question)
            if let account = view.account, let appPassword = view.generated {
                return try judged(question, view, account, .appPassword(appPassword, nil))
            }
            if view.known?.kind == .wrong { return denied(try guess(question, view)) }
            // As quick as for a wrong one, or asking twice would tell a right main password.
            if view.known?.kind == .refused, let account = view.account,
                case .deny(let reason) = Rule.judgeMainPassword(account: account, service: service, now: now)
            {
                return denied(try refusal(question, view, account, reason))
            }
            let match = try slowMatch(question, view)
            // The hash took its time; what it proved must be judged by the account as it is now.
            let current = try storing { () throws(StoreError) in try self.store.account(name)?.generation }
            guard current == view.account?.generation else { continue }
            guard let account = view.account, let match else { return denied(try guess(question, view)) }
            return try judged(question, view, account, match)
        }
        throw .changing
    }

    private func read(_ question: Question) throws(Unavailability) -> View {
        try storing { () throws(StoreError) in
            try self.store.read { () throws(StoreError) in
                var view = View(account: try self.store.account(question.name))
                if let account = view.account, case .generated(let text) = AppPasswordText.read(question.attempt.secret)
                {
                    let verifier = self.keys.appPassword.mac(account: account.name.text, secret: text)
                    view.generated = try self.store.generatedAppPassword(verifier: verifier, account: account.name)
                    if view.generated != nil { return view }
                }
                view.known = try self.store.knownGuess(
                    account: question.name.text, network: question.network, mac: self.mac(question),
                    generation: view.account?.generation ?? 0, window: Int64(self.configuration.guessWindow),
                    now: question.now)
                guard let account = view.account, view.known?.kind != .wrong else { return view }
                view.knowsNetwork = try self.store.knows(question.network, account: account.name)
                var compactTag: Int64?
                if case .compact(let text) = AppPasswordText.read(question.attempt.secret) {
                    compactTag = self.keys.tag(of: text, account: account.name)
                }
                view.slow = try self.store.slowAppPasswords(
                    account: account.name, compactTag: compactTag,
                    rawTag: self.keys.tag(of: question.attempt.secret, account: account.name))
                return view
            }
        }
    }

    /// Tries the slow candidates. A wrong secret costs one hash, whether or not there is an account, unless imported
    /// app passwords without a tag ask for more.
    private func slowMatch(_ question: Question, _ view: View) throws(Unavailability) -> Match? {
        let result: Match??
        do {
            result = try slots.withSlot { () throws(HashError) in
                try self.tryAll(view.slow, mainHash: view.account?.mainHash, question.attempt)
            }
        } catch {
            throw .hash(error)
        }
        guard let match = result else { throw .hashWorkersBusy }
        return match
    }

    private func tryAll(_ candidates: [SlowCandidate], mainHash: String?, _ attempt: Attempt)
        throws(HashError) -> Match?
    {
        // One that cannot be verified may still be the right one: no answer then, unless another one fits.
        var failure: HashError?
        for candidate in candidates {
            do throws(HashError) {
                if let match = try verify(candidate, attempt) { return match }
            } catch {
                failure = error
            }
        }
        do throws(HashError) {
            if let mainHash {
                switch try hasher.verify(attempt.secret, stored: mainHash) {
                case .wrong: break
                case .right: return .mainPassword(nil)
                case .rightAndOlder: return .mainPassword(.mainHash(old: mainHash))
                }
            } else if candidates.isEmpty {
                _ = try hasher.make(attempt.secret)
            }
        } catch {
            failure = error
        }
        if let failure { throw failure }
        return nil
    }

    private func verify(_ candidate: SlowCandidate, _ attempt: Attempt) throws(HashError) -> Match? {
        let appPassword = candidate.appPassword
        if appPassword.kind == .compact {
            guard case .compact(let text) = AppPasswordText.read(attempt.secret) else { return nil }
            return try hasher.verify(text, stored: candidate.hash) == .wrong ? nil : .appPassword(appPassword, nil)
        }
        switch try hasher.verify(attempt.secret, stored: candidate.hash) {
        case .wrong: return nil
        case .right where candidate.isTagged: return .appPassword(appPassword, nil)
        case .right, .rightAndOlder: return .appPassword(appPassword, .appPassword(appPassword, old: candidate.hash))
        }
    }

    // MARK: Judging

    private func judged(_ question: Question, _ view: View, _ account: AccountState, _ match: Match)
        throws(Unavailability) -> Decision
    {
        let address = question.attempt.address
        switch match {
        case .appPassword(let appPassword, let upgrade):
            switch Rule.refusal(
                appPassword, account: account, service: question.service, address: address, now: question.now)
            {
            case nil: return granted(question, account, .appPassword(appPassword), upgrade: upgrade)
            case let reason?:
                return denied(Denial(reason: reason, guess: .none, appPassword: appPassword, account: account))
            }
        case .mainPassword(let upgrade):
            switch Rule.judgeMainPassword(account: account, service: question.service, now: question.now) {
            case .grant(let pending):
                return granted(question, account, .mainPassword, upgrade: upgrade, enrolmentPending: pending)
            case .askCode:
                // A preview must not use a code up.
                guard !question.attempt.code.isEmpty, !question.isPreview else {
                    return denied(try refusal(question, view, account, .secondFactorMissing))
                }
                return try judgedCode(question, account, upgrade: upgrade)
            case .deny(let reason): return denied(try refusal(question, view, account, reason))
            }
        }
    }

    private func judgedCode(_ question: Question, _ account: AccountState, upgrade: Upgrade?)
        throws(Unavailability) -> Decision
    {
        let result = try storing { () throws(StoreError) in
            try self.store.useCode(question.attempt.code, account: account.name, keys: self.keys, now: question.now)
        }
        switch result {
        case .accepted: return granted(question, account, .mainPassword, upgrade: upgrade)
        case .wrong:
            let mac = keys.codeGuess.mac(account: account.name.text, secret: question.attempt.code)
            let counted = try count(
                .code, account: account.name.text, generation: account.generation, network: question.network, mac: mac,
                now: question.now, isPreview: question.isPreview)
            return denied(Denial(reason: .secondFactorMismatch, guess: counted, account: account))
        }
    }

    /// The main password was right and is refused. From a network new to the account that costs as much as a guess,
    /// or the moment at which throttling starts would tell a right password from a wrong one.
    private func refusal(_ question: Question, _ view: View, _ account: AccountState, _ reason: DenialReason)
        throws(Unavailability) -> Denial
    {
        guard !view.knowsNetwork else { return Denial(reason: reason, guess: .none, account: account) }
        _ = try count(
            .refused, account: account.name.text, generation: account.generation, network: question.network,
            mac: mac(question), now: question.now, isPreview: question.isPreview)
        return Denial(reason: reason, guess: .spends, account: account)
    }

    private func guess(_ question: Question, _ view: View) throws(Unavailability) -> Denial {
        let counted = try count(
            .wrong, account: question.name.text, generation: view.account?.generation ?? 0, network: question.network,
            mac: mac(question), now: question.now, isPreview: question.isPreview)
        var looksMistyped = false
        if case .mistyped = AppPasswordText.read(question.attempt.secret) { looksMistyped = true }
        return Denial(
            reason: view.account == nil ? .unknownUser : .mismatch, guess: counted,
            fingerprint: fingerprint(mac(question)), looksMistyped: looksMistyped)
    }

    private func count(
        _ kind: KnownGuess.Kind, account: String, generation: Int64, network: Network, mac: [UInt8], now: Timestamp,
        isPreview: Bool
    ) throws(Unavailability) -> GuessCount {
        if isPreview { return .counted }
        let known = try storing { () throws(StoreError) in
            try self.store.countGuess(
                kind: kind, account: account, network: network, mac: mac, generation: generation,
                window: Int64(self.configuration.guessWindow), now: now)
        }
        return known.map(GuessCount.repeated) ?? .counted
    }

    private func granted(
        _ question: Question, _ account: AccountState, _ credential: Grant.Credential, upgrade: Upgrade?,
        enrolmentPending: Bool = false
    ) -> Decision {
        Decision(
            outcome: .granted(Grant(account: account, credential: credential, enrolmentPending: enrolmentPending)),
            followUp: FollowUp(
                account: account.name, credential: credential, service: question.service, network: question.network,
                at: question.now, upgrade: upgrade))
    }

    private func denied(_ denial: Denial) -> Decision { Decision(outcome: .denied(denial), followUp: nil) }

    /// What tells this secret from others at this account.
    private func mac(_ question: Question) -> [UInt8] {
        keys.guess.mac(account: question.name.text, secret: question.attempt.secret)
    }

    private func fingerprint(_ mac: [UInt8]) -> String { hex(Array(mac.prefix(3))) }

    private func storing<R>(_ body: () throws(StoreError) -> R) throws(Unavailability) -> R {
        do { return try body() } catch { throw .store(error) }
    }
}
