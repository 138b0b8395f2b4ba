import Bytes
import Credentials

/// What follows from a secret that was right, or from one that was not.
extension Judge {
    func judged(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ account: AccountState, _ match: Evaluation.Match,
        _ evaluation: Evaluation
    ) -> Evaluation.State {
        let address = evaluation.attempt.address
        if let denial = foreignIdentity(question, account) {
            switch match {
            case .appPassword: return denied(denial)
            case .mainPassword: return refusal(question, view, denial, evaluation)
            }
        }
        func refused(_ reason: DenialReason) -> Evaluation.State {
            refusal(question, view, Denial(reason: reason, guess: .none, account: account), evaluation)
        }
        switch match {
        case .appPassword(let appPassword, let upgrade):
            switch Rule.refusal(
                appPassword, account: account, service: question.service, address: address, now: question.now)
            {
            case nil: return granted(question, account, .appPassword(appPassword), evaluation, upgrade: upgrade)
            case let reason?:
                return denied(Denial(reason: reason, guess: .none, appPassword: appPassword, account: account))
            }
        case .mainPassword(let upgrade):
            switch Rule.judgeMainPassword(account: account, service: question.service, now: question.now) {
            case .grant(let pending):
                if opensSession(question, account, evaluation, isEnrolmentPending: pending) {
                    return .openingSession(question, account, upgrade)
                }
                return granted(
                    question, account, .mainPassword, evaluation, upgrade: upgrade, enrolmentPending: pending)
            case .askCode:
                // A preview must not use a code up.
                guard !evaluation.attempt.code.isEmpty, !evaluation.isPreview else {
                    return refused(.secondFactorMissing)
                }
                return .usingCode(question, view, account, upgrade)
            case .deny(let reason): return refused(reason)
            }
        }
    }

    /// The denial of a right secret whose client wants to be somebody else; nil where it does not.
    func foreignIdentity(_ question: Evaluation.Question, _ account: AccountState) -> Denial? {
        question.foreignIdentity.map {
            Denial(reason: .identityRefused, guess: .none, account: account, detail: $0)
        }
    }

    func judgedCode(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ account: AccountState, _ upgrade: Upgrade?,
        _ evaluation: Evaluation, _ store: Store
    ) throws(Unavailability) -> Evaluation.State {
        // Recovery codes are as long as app passwords, and wait as little.
        var isRecoveryCode = false
        if case .generated = AppPasswordText.read(evaluation.attempt.code) { isRecoveryCode = true }
        let throttle = try storing { () throws(StoreError) in
            isRecoveryCode ? nil : try self.throttling.judgeCodes(account.name.text, now: question.now, store)
        }
        if let throttle {
            // Wherever the account was never used from, a temporary answer would betray that the password was right.
            if view.knowsNetwork { throw .throttled(throttle) }
            try spend(question, view, account, evaluation, store)
            return denied(Denial(reason: .secondFactorThrottled, guess: .none, account: account, throttle: throttle))
        }
        // In one commit: a code that was used up for nothing could not be given again.
        let used = try storing { () throws(StoreError) in
            try store.durably { () throws(StoreError) -> (CodeResult, SessionPassword?)? in
                guard try self.isUnchanged(account, store) else { return nil }
                let result = try store.useCode(
                    evaluation.attempt.code, account: account.name, keys: self.keys, now: question.now)
                guard result == .accepted,
                    self.opensSession(question, account, evaluation, isEnrolmentPending: false)
                else { return (result, nil) }
                return (result, try self.openSession(question, account, evaluation, store))
            }
        }
        guard let (result, session) = used else { return try again(question) }
        switch result {
        case .accepted:
            return granted(question, account, .mainPassword, evaluation, upgrade: upgrade, session: session)
        case .wrong(let fault):
            if !view.knowsNetwork { try spend(question, view, account, evaluation, store) }
            return try countedCode(question, view, account, evaluation, fault, store)
        }
    }

    /// The right main password, with a code that is not looked at or wrong, costs the budgets of a network new to the
    /// account as much as a wrong one, whatever the code.
    private func spend(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ account: AccountState, _ evaluation: Evaluation,
        _ store: Store
    ) throws(Unavailability) {
        remember(.refused, question, view, evaluation)
        _ = try storing { () throws(StoreError) in
            try store.recordGuess(
                NewGuess(
                    kind: .refused, account: account.name.text, network: question.network,
                    mac: self.refusedMAC(account, question, evaluation), look: self.look(at: account),
                    rank: .newNetwork,
                    service: question.service.rawValue),
                // As a wrong secret that is remembered: nothing is spent twice.
                isLooked: !view.isSettled, window: self.throttling.window(at: question.now))
        }
    }

    private func countedCode(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ account: AccountState, _ evaluation: Evaluation,
        _ fault: CodeFault?, _ store: Store
    ) throws(Unavailability) -> Evaluation.State {
        // The same code again half a minute later is another guess.
        let mac = codeMAC(account.name.text, "\(TOTP.step(at: question.now))", evaluation.attempt.code)
        var denial = Denial(reason: .secondFactorMismatch, guess: .counted, account: account, codeFault: fault)
        if case .otherClock = fault {
            denial = Denial(reason: .secondFactorOtherClock, guess: .none, account: account, codeFault: fault)
        }
        return try counted(
            Evaluation.Count(
                kind: .code, account: account.name.text, network: question.network,
                mac: mac, look: look(at: account), rank: view.rank,
                service: question.service.rawValue, isLooked: false, now: question.now, denial: denial,
                place: view.place),
            store)
    }

    /// The main password was right and is refused. From a network new to the account that costs as much as a guess,
    /// or the moment at which throttling starts would tell a right password from a wrong one.
    func refusal(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ denial: Denial, _ evaluation: Evaluation
    ) -> Evaluation.State {
        if view.knowsNetwork { return denied(denial) }
        // A wrong one would have had no answer.
        if let failure = view.failure { return unverified(question, view, failure, evaluation) }
        var denial = denial
        denial.guess = .spends
        remember(.refused, question, view, evaluation)
        return count(.refused, question, view, evaluation, denial)
    }

    /// What a right main password is counted by. One spelling of it is not another, as with wrong ones: so by a MAC under a key
    /// that ends with the process. Without such a key by no MAC of the secret, once for each network.
    func refusedMAC(_ account: AccountState, _ question: Evaluation.Question, _ evaluation: Evaluation) -> [UInt8] {
        lookedSecrets?.guessMAC(evaluation.attempt.secret, account: account.name, question.network)
            ?? codeMAC(account.name.text, "refused", Secret(Array((account.mainHash ?? "").utf8)))
    }

    /// Whether somebody should look at this: by now the owner's own programs have app passwords.
    func isAlarming(_ denial: Denial, at now: Timestamp) -> Bool {
        guard denial.reason == .mainPasswordRefused, let account = denial.account, account.secondFactor != .off,
            let since = account.secondFactorSince
        else { return false }
        return since.adding(seconds: Self.settlingTime) <= now
    }

    /// Seconds after a second factor is switched on for which old programs may go on trying.
    private static let settlingTime: Int64 = 14 * 86_400

    func guess(_ question: Evaluation.Question, _ view: Evaluation.View, _ evaluation: Evaluation)
        -> Evaluation.State
    {
        var looksMistyped = false
        if case .mistyped = AppPasswordText.read(evaluation.attempt.secret) { looksMistyped = true }
        let denial = Denial(
            reason: view.account == nil ? .unknownUser : .mismatch, guess: .counted,
            fingerprint: fingerprint(mac(question, evaluation)), looksMistyped: looksMistyped)
        remember(.wrong, question, view, evaluation)
        return count(.wrong, question, view, evaluation, denial)
    }

    private func count(
        _ kind: KnownGuess.Kind, _ question: Evaluation.Question, _ view: Evaluation.View, _ evaluation: Evaluation,
        _ denial: Denial
    ) -> Evaluation.State {
        // Of those, somebody's own device is the likeliest reason.
        let mayBeFirst =
            kind == .wrong && view.account != nil && view.knowsNetwork && question.service.isMail
            && !question.network.isUnknown && !throttling.isTrusted(evaluation.attempt.address)
        let count = Evaluation.Count(
            kind: kind, account: question.name.text, network: question.network,
            mac: kind == .refused
                ? view.account.map { refusedMAC($0, question, evaluation) } ?? [] : mac(question, evaluation),
            look: look(at: view.account), rank: view.rank, service: question.service.rawValue,
            freeFirsts: mayBeFirst ? throttling.free : nil, isLooked: !view.isSettled, now: question.now,
            denial: denial, former: view.knowsNetwork && kind == .wrong ? view.account?.former : nil,
            place: view.place)
        return counting(count, isPreview: evaluation.isPreview)
    }

    func granted(
        _ question: Evaluation.Question, _ account: AccountState, _ credential: Grant.Credential,
        _ evaluation: Evaluation, upgrade: Upgrade?, enrolmentPending: Bool = false, session: SessionPassword? = nil,
        sessionFailure: Unavailability? = nil
    ) -> Evaluation.State {
        let signIn = SignIn(
            account: account.name, credential: credential.name, service: question.service,
            address: evaluation.attempt.address, generation: account.generation,
            isOfSession: credential.isOfSession)
        return .done(
            Decision(
                outcome: .granted(
                    Grant(
                        account: account, credential: credential, enrolmentPending: enrolmentPending,
                        session: session, sessionFailure: sessionFailure)),
                followUp: FollowUp(signIn: signIn, at: question.now, upgrade: upgrade)))
    }
}
