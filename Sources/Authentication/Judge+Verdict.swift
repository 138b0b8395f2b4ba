import Bytes
import Credentials

/// What follows from a secret that was right, or from one that was not.
extension Judge {
    func judged(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ account: AccountState, _ match: Evaluation.Match,
        _ evaluation: Evaluation
    ) -> Evaluation.State {
        let address = evaluation.attempt.address
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
                return granted(
                    question, account, .mainPassword, evaluation, upgrade: upgrade, enrolmentPending: pending)
            case .askCode:
                // A preview must not use a code up.
                guard !evaluation.attempt.code.isEmpty, !evaluation.isPreview else {
                    return refusal(question, view, account, .secondFactorMissing, evaluation)
                }
                return .usingCode(question, account, upgrade)
            case .deny(let reason): return refusal(question, view, account, reason, evaluation)
            }
        }
    }

    func judgedCode(
        _ question: Evaluation.Question, _ account: AccountState, _ upgrade: Upgrade?, _ evaluation: Evaluation,
        _ store: Store
    ) throws(Unavailability) -> Evaluation.State {
        let result = try storing { () throws(StoreError) in
            try store.useCode(evaluation.attempt.code, account: account.name, keys: self.keys, now: question.now)
        }
        switch result {
        case .accepted: return granted(question, account, .mainPassword, evaluation, upgrade: upgrade)
        case .wrong:
            let mac = keys.codeGuess.mac(account: account.name.text, secret: evaluation.attempt.code)
            return try counted(
                Evaluation.Count(
                    kind: .code, account: account.name.text, generation: account.generation,
                    network: question.network, mac: mac, now: question.now,
                    denial: Denial(reason: .secondFactorMismatch, guess: .counted, account: account)), store)
        }
    }

    /// The main password was right and is refused. From a network new to the account that costs as much as a guess,
    /// or the moment at which throttling starts would tell a right password from a wrong one.
    func refusal(
        _ question: Evaluation.Question, _ view: Evaluation.View, _ account: AccountState, _ reason: DenialReason,
        _ evaluation: Evaluation
    ) -> Evaluation.State {
        guard !view.knowsNetwork else { return denied(Denial(reason: reason, guess: .none, account: account)) }
        return count(
            .refused, question, account, evaluation, Denial(reason: reason, guess: .spends, account: account))
    }

    func guess(_ question: Evaluation.Question, _ view: Evaluation.View, _ evaluation: Evaluation)
        -> Evaluation.State
    {
        var looksMistyped = false
        if case .mistyped = AppPasswordText.read(evaluation.attempt.secret) { looksMistyped = true }
        let denial = Denial(
            reason: view.account == nil ? .unknownUser : .mismatch, guess: .counted,
            fingerprint: fingerprint(mac(question, evaluation)), looksMistyped: looksMistyped)
        return count(.wrong, question, view.account, evaluation, denial)
    }

    private func count(
        _ kind: KnownGuess.Kind, _ question: Evaluation.Question, _ account: AccountState?, _ evaluation: Evaluation,
        _ denial: Denial
    ) -> Evaluation.State {
        let count = Evaluation.Count(
            kind: kind, account: question.name.text, generation: account?.generation ?? 0, network: question.network,
            mac: mac(question, evaluation), now: question.now, denial: denial)
        return counting(count, isPreview: evaluation.isPreview)
    }

    private func granted(
        _ question: Evaluation.Question, _ account: AccountState, _ credential: Grant.Credential,
        _ evaluation: Evaluation, upgrade: Upgrade?, enrolmentPending: Bool = false
    ) -> Evaluation.State {
        let signIn = SignIn(
            account: account.name, credential: credential.name, service: question.service,
            address: evaluation.attempt.address, generation: account.generation)
        return .done(
            Decision(
                outcome: .granted(
                    Grant(account: account, credential: credential, enrolmentPending: enrolmentPending)),
                followUp: FollowUp(signIn: signIn, at: question.now, upgrade: upgrade)))
    }
}
