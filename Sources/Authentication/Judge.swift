import Bytes
package import Credentials

/// Decides who may sign in, step by step. Holds no store: any thread may use it.
package final class Judge: Sendable {
    /// Times an attempt starts over because the account changed while a slow hash ran.
    static let mostRounds = 3

    package let keys: Keys
    package let hasher: SlowHasher
    let rightSecrets: RightSecrets?
    let lookedSecrets: LookedSecrets?
    let defaultDomain: String
    /// KiB.
    let hashMemoryLimit: Int64
    /// The budgets of guesses.
    package let throttling: Throttling
    /// Which senders an account may use.
    let senders: Senders
    let tlsElsewhereContexts: [String]
    /// How long granted sign-ins are kept.
    package let retention: Retention
    /// Where the app passwords of webmail sessions may be used.
    let webmailNetworks: [CIDR]
    private let underWay = SecretsUnderWay()
    /// What time it is.
    package let clock: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - rightSecrets: What a process that answers many attempts remembers.
    ///   - lookedSecrets: The same.
    package init(
        keys: Keys, configuration: Configuration, rightSecrets: RightSecrets? = nil,
        lookedSecrets: LookedSecrets? = nil,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.keys = keys
        self.rightSecrets = rightSecrets
        self.lookedSecrets = lookedSecrets
        self.clock = clock
        hasher = SlowHasher(configuration)
        defaultDomain = configuration.defaultDomain
        hashMemoryLimit = Int64(configuration.hashMemoryLimit)
        throttling = Throttling(configuration)
        senders = Senders(configuration)
        tlsElsewhereContexts = configuration.tlsElsewhereContexts
        retention = configuration.retention
        webmailNetworks = configuration.webmailNetworks
    }

    /// To be counted, unless it is a preview.
    func counting(_ count: Evaluation.Count, isPreview: Bool) -> Evaluation.State {
        guard isPreview else { return .counting(count) }
        return count.failure.map { .done(Decision(outcome: .unavailable($0))) } ?? denied(count.denial)
    }

    // MARK: Reading

    /// To be taken before a `Store.read` and given to the steps within it.
    package var readMark: ReadMark { ReadMark(leavings: underWay.leavings) }

    /// When a reading began, as far as secrets under way go.
    package struct ReadMark: Sendable { let leavings: UInt64 }

    /// The steps that read, within one `Store.read`.
    package func read(_ evaluation: inout Evaluation, _ store: Store, _ mark: ReadMark) {
        do throws(Unavailability) {
            switch evaluation.state {
            case .admitting(let count): evaluation.state = try admitted(count, evaluation, store, mark)
            case .reading(let question):
                evaluation.state = try firstLook(question, evaluation, store, mark)
            case .proving(let question, let view, let match):
                let account = try storing { () throws(StoreError) in try store.account(question.name) }
                evaluation.state =
                    account?.generation == view.account?.generation
                    ? proved(question, view, match, evaluation) : try again(question)
            case .waiting, .hashing, .counting, .usingCode, .openingSession, .buyingHash, .done: break
            }
        } catch {
            evaluation.fail(error)
        }
    }

    /// Everything that needs no slow hash: generated app passwords, and what is remembered, right or wrong.
    private func firstLook(
        _ question: Evaluation.Question, _ evaluation: Evaluation, _ store: Store, _ mark: ReadMark
    ) throws(Unavailability) -> Evaluation.State {
        let account = try storing { () throws(StoreError) in try store.account(question.name) }
        var question = question
        if let account { question.name = account.name }
        if let account, case .generated(let text) = AppPasswordText.read(evaluation.attempt.secret) {
            let verifier = keys.appPassword.mac(account: account.name.text, secret: text)
            let found = try storing { () throws(StoreError) in
                try store.generatedAppPassword(verifier: verifier, account: account.name)
            }
            if let found {
                return judged(
                    question, Evaluation.View(account: account), account, .appPassword(found, nil), evaluation)
            }
        }
        var view = Evaluation.View(account: account)
        let allowance: Allowance
        switch try throttled(question, &view, evaluation, store) {
        case .closed(let throttle) where throttle.scope == .account && question.hasBoughtHash:
            allowance = Allowance(pair: 1)
        case .closed(let throttle):
            guard try mayBuyHash(question, throttle, evaluation, store) else { throw .throttled(throttle) }
            return .buyingHash(question, account, throttle)
        case .open(let open): allowance = open
        }
        let remembered = try storing { () throws(StoreError) -> Evaluation.Match? in
            view.known = try store.knownGuess(
                account: question.name.text, network: question.network, mac: self.mac(question, evaluation),
                window: self.throttling.window(at: question.now))
            try self.settle(&view, question, evaluation, account, store)
            guard let account, !view.isSettled || view.isRefused else { return nil }
            return try self.recall(evaluation.attempt, account, store)
        }
        if view.isSettled, !view.isRefused { return guess(question, view, evaluation) }
        if let account {
            if let remembered, mayBeQuick(remembered, question, view, account) {
                return judged(question, view, account, remembered, evaluation)
            }
            // As quick as for a wrong one, or asking twice would tell a right main password.
            if view.isRefused {
                if let denial = foreignIdentity(question, account) {
                    return refusal(question, view, denial, evaluation)
                }
                func refused(_ reason: DenialReason) -> Evaluation.State {
                    refusal(question, view, Denial(reason: reason, guess: .none, account: account), evaluation)
                }
                switch Rule.judgeMainPassword(account: account, service: question.service, now: question.now) {
                case .deny(let reason): return refused(reason)
                case .askCode where evaluation.attempt.code.isEmpty: return refused(.secondFactorMissing)
                case .askCode, .grant: break
                }
            }
            view.slow = try storing { () throws(StoreError) in
                try self.slowCandidates(evaluation.attempt, account.name, store)
            }
        }
        let key = SecretsUnderWay.Key(
            account: question.name.text, network: question.network, mac: mac(question, evaluation))
        switch underWay.enter(key, allowance, leavings: mark.leavings) {
        case .wait: return .waiting(.question(question))
        case .uncounted: throw .guessesNotCounted
        case .entered(let place):
            view.place = place
            return .hashing(question, view)
        }
    }

    /// Whether the secret is known well enough. From a network new to the account only what this process looked at itself is: a
    /// wrong one that the store alone remembers costs a hash, as a refused one does, which nobody remembers.
    private func settle(
        _ view: inout Evaluation.View, _ question: Evaluation.Question, _ evaluation: Evaluation,
        _ account: AccountState?, _ store: Store
    ) throws(StoreError) {
        let isASCII = MainPasswordText.isASCII(evaluation.attempt.secret)
        func isSettled(_ look: GuessLook) -> Bool {
            !look.isOutdated(for: account, memoryLimit: hashMemoryLimit, isASCII: isASCII)
        }
        if view.knowsNetwork {
            view.isSettled = view.known.map { isSettled($0.look) } ?? false
            return
        }
        let secret = lookedSecrets?.recall(
            evaluation.attempt.secret, account: question.name, network: question.network)
        guard let (finding, look) = secret, isSettled(look) else { return }
        // Either is on record, or it costs a hash.
        switch finding {
        case .wrong: view.isSettled = view.known.map { isSettled($0.look) } ?? false
        case .refused:
            guard let account else { return }
            view.isSettled =
                try store.knownGuess(
                    account: account.name.text, network: question.network,
                    mac: refusedMAC(account, question, evaluation), window: throttling.window(at: question.now)) != nil
            view.isRefused = view.isSettled
        }
    }

    /// For the next time.
    func remember(
        _ finding: LookedSecrets.Finding, _ question: Evaluation.Question, _ view: Evaluation.View,
        _ evaluation: Evaluation
    ) {
        guard !view.isSettled, !evaluation.isPreview else { return }
        lookedSecrets?.remember(
            finding, look(at: view.account), of: evaluation.attempt.secret, account: question.name,
            network: question.network)
    }

    /// Whether what is remembered may spare the slow hash. A main password that is refused in a network new to the account
    /// takes as long as a wrong one.
    private func mayBeQuick(
        _ match: Evaluation.Match, _ question: Evaluation.Question, _ view: Evaluation.View, _ account: AccountState
    ) -> Bool {
        guard case .mainPassword = match, !view.knowsNetwork else { return true }
        switch Rule.judgeMainPassword(account: account, service: question.service, now: question.now) {
        case .grant: return true
        case .askCode, .deny: return false
        }
    }

    private func throttled(
        _ question: Evaluation.Question, _ view: inout Evaluation.View, _ evaluation: Evaluation, _ store: Store
    ) throws(Unavailability) -> Throttling.Verdict {
        try storing { () throws(StoreError) in
            // Of a name that is no account, too: a look-up less could be told by the time.
            view.knowsNetwork = try store.knows(question.network, account: question.name)
            return try self.throttling.judge(
                question.name.text, from: question.network, knowsNetwork: view.knowsNetwork,
                isTrusted: self.throttling.isTrusted(evaluation.attempt.address), now: question.now, store)
        }
    }

    /// Costs no hash, and is counted and throttled like any other guess.
    private func admitted(
        _ count: Evaluation.Count, _ evaluation: Evaluation, _ store: Store, _ mark: ReadMark
    ) throws(Unavailability) -> Evaluation.State {
        let verdict = try storing { () throws(StoreError) in
            try self.throttling.judge(
                count.account, from: count.network, knowsNetwork: false,
                isTrusted: self.throttling.isTrusted(evaluation.attempt.address), now: count.now, store)
        }
        switch verdict {
        case .closed(let throttle): throw .throttled(throttle)
        case .open(let allowance):
            switch underWay.enter(count.key, allowance, leavings: mark.leavings) {
            case .wait: return .waiting(.name(count))
            case .uncounted: throw .guessesNotCounted
            case .entered(let place):
                var count = count
                count.place = place
                return counting(count, isPreview: evaluation.isPreview)
            }
        }
    }

    private func recall(_ attempt: Attempt, _ account: AccountState, _ store: Store) throws(StoreError)
        -> Evaluation.Match?
    {
        switch rightSecrets?.recall(attempt.secret, account: account) {
        case nil: return nil
        case .mainPassword: return .mainPassword(nil)
        case .appPassword(let id):
            return try store.appPassword(id: id, account: account.name).map { .appPassword($0, nil) }
        }
    }

    private func slowCandidates(_ attempt: Attempt, _ account: AccountName, _ store: Store) throws(StoreError)
        -> [SlowCandidate]
    {
        var compactTag: Int64?
        if case .compact(let text) = AppPasswordText.read(attempt.secret) {
            compactTag = keys.tag(of: text, account: account)
        }
        return try store.slowAppPasswords(
            account: account, compactTag: compactTag, rawTag: keys.tag(of: attempt.secret, account: account))
    }

    // MARK: Hashing

    /// The slow step. A wrong secret costs one hash, whether or not there is an account, unless imported app passwords
    /// without a tag ask for more.
    package func hash(_ evaluation: inout Evaluation) {
        guard case .hashing(let question, let view) = evaluation.state else { return }
        do throws(HashError) {
            let (match, failure) = try hasher.match(
                evaluation.attempt.secret, view.slow, account: view.account, service: question.service)
            var view = view
            view.failure = failure
            if let failure, match == nil {
                evaluation.state = unverified(question, view, failure, evaluation)
            } else {
                evaluation.state = .proving(question, view, match)
            }
        } catch {
            evaluation.state = unverified(question, view, error, evaluation)
        }
    }

    /// A hash that cannot be verified could have been the one: no answer, but the budgets are spent, or one such hash would
    /// switch throttling off. It is remembered as nothing.
    func unverified(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ error: HashError, _ evaluation: Evaluation
    ) -> Evaluation.State {
        let failed = Evaluation.State.done(Decision(outcome: .unavailable(.hash(error))))
        switch error {
        case .outOfMemory, .noRandom: return failed
        case .unusable, .overLimit:
            let ephemeral = lookedSecrets?.guessMAC(evaluation.attempt.secret, account: question.name, question.network)
            guard let mac = ephemeral ?? (try? randomBytes(Keys.guessLength)) else { return failed }
            var count = Evaluation.Count(
                kind: .refused, account: question.name.text, network: question.network, mac: mac,
                look: look(at: view.account), rank: view.rank, service: question.service.rawValue, isLooked: true,
                now: question.now, denial: Denial(reason: .mismatch, guess: .none), place: view.place)
            count.failure = .hash(error)
            return counting(count, isPreview: evaluation.isPreview)
        }
    }

    private func proved(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ match: Evaluation.Match?, _ evaluation: Evaluation
    ) -> Evaluation.State {
        guard let account = view.account, let match else { return guess(question, view, evaluation) }
        rightSecrets?.remember(evaluation.attempt.secret, match, account: account)
        return judged(question, view, account, match, evaluation)
    }

    // MARK: Writing

    /// The steps that the answer waits for.
    package func write(_ evaluation: inout Evaluation, _ store: Store) {
        do throws(Unavailability) {
            switch evaluation.state {
            case .counting(let count): evaluation.state = try counted(count, store)
            case .usingCode(let question, let view, let account, let upgrade):
                evaluation.state = try judgedCode(question, view, account, upgrade, evaluation, store)
            case .openingSession(let question, let account, let upgrade):
                evaluation.state = try grantedWithSession(question, account, upgrade, evaluation, store)
            case .buyingHash(let question, let account, let throttle):
                evaluation.state = try buyHash(question, account, throttle, evaluation, store)
            case .admitting, .reading, .waiting, .hashing, .proving, .done: break
            }
        } catch {
            evaluation.fail(error)
        }
    }

    /// To be told what became of a write that may be one of several in a commit.
    ///
    /// - Parameter evaluation: As it was before the write.
    package func settle(_ evaluation: Evaluation, isWritten: Bool) {
        if case .counting(let count) = evaluation.state { underWay.note(count.key, isCounted: isWritten) }
    }

    func counted(_ count: Evaluation.Count, _ store: Store) throws(Unavailability) -> Evaluation.State {
        let record = try storing { () throws(StoreError) in
            try store.recordGuess(
                NewGuess(
                    kind: count.kind, account: count.account, network: count.network, mac: count.mac, look: count.look,
                    rank: count.rank, service: count.service, freeFirsts: count.freeFirsts),
                isLooked: count.isLooked, window: self.throttling.window(at: count.now))
        }
        if let failure = count.failure { throw failure }
        var denial = count.denial
        switch count.kind {
        case .wrong:
            switch record {
            case .counted: denial.guess = .counted
            case .first: denial.guess = .first
            case .repeated(let known): denial.guess = .repeated(known)
            }
        case .code:
            // One of another clock is no guess.
            if case .counted = denial.guess, case .repeated(let known) = record { denial.guess = .repeated(known) }
        case .malformed, .earlyCode: break
        case .refused:
            denial.guess = .spends
            if isAlarming(denial, at: count.now), !count.network.isUnknown {
                denial.isAlarm = try storing { () throws(StoreError) in
                    try store.raiseAlarm(account: count.account, network: count.network, now: count.now, self.retention)
                }
            }
        }
        var decision = Decision(outcome: .denied(denial))
        if let former = count.former, case .notCompared = record.former {
            decision.formerCheck = FormerCheck(
                account: AccountName(stored: count.account), network: count.network, mac: count.mac, former: former)
        }
        return .done(decision)
    }

    // MARK: Helpers

    func denied(_ denial: Denial) -> Evaluation.State { .done(Decision(outcome: .denied(denial))) }

    /// What tells this secret from others at this account.
    func mac(_ question: Evaluation.Question, _ evaluation: Evaluation) -> [UInt8] {
        guessMAC(question.name.text, evaluation.attempt)
    }

    func guessMAC(_ name: String, _ attempt: Attempt) -> [UInt8] {
        keys.guess.mac(account: name, secret: attempt.secret)
    }

    func fingerprint(_ mac: [UInt8]) -> String { hex(Array(mac.prefix(3))) }

    func storing<R>(_ body: () throws(StoreError) -> R) throws(Unavailability) -> R {
        do { return try body() } catch { throw .store(error) }
    }
}
