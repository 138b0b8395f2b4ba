import Bytes
import Credentials

/// What an owner can do on the web while others guess: an account that is closed for networks new to it opens for one slow
/// hash to whoever has a right code.
extension Judge {
    func mayBuyHash(
        _ question: Evaluation.Question, _ account: AccountState, _ throttle: Throttle, _ evaluation: Evaluation
    ) -> Bool {
        throttle.scope == .account && question.service == .web && account.secondFactor == .totp
            && !evaluation.attempt.code.isEmpty && !evaluation.isPreview
    }

    /// Looks at the code first, and does not use it up. Wrong ones have a budget of their own, so that nobody without the
    /// main password closes the account's codes; a right one counts once for each account and step.
    func buyHash(
        _ question: Evaluation.Question, _ account: AccountState, _ throttle: Throttle, _ evaluation: Evaluation,
        _ store: Store
    ) throws(Unavailability) -> Evaluation.State {
        let isBought = try storing { () throws(StoreError) in
            try store.together { () throws(StoreError) in
                let name = account.name.text
                guard try self.throttling.judgeCodes(name, kind: .earlyCode, now: question.now, store) == nil else {
                    return false
                }
                let attempt = evaluation.attempt
                let look = try store.look(at: attempt.code, account: account.name, keys: self.keys, now: question.now)
                let mac: [UInt8]
                switch look {
                case .step(let step): mac = self.codeMAC(name, "bought", Secret(Array("\(step)".utf8)))
                case .recovery(let verifier): mac = self.codeMAC(name, "bought", Secret(verifier))
                case .wrong: mac = self.codeMAC(name, "\(TOTP.step(at: question.now))", attempt.code)
                }
                // From wherever it comes: of no network.
                let guess = NewGuess(
                    kind: .earlyCode, account: name, network: Network(of: nil), mac: mac, look: self.look(at: account),
                    rank: .newNetwork, service: question.service.rawValue)
                let record = try store.recordGuess(
                    guess, isLooked: false, window: self.throttling.window(at: question.now))
                if case .wrong = look { return false }
                if case .repeated = record { return false }
                return true
            }
        }
        guard isBought else { throw .throttled(throttle) }
        var question = question
        question.hasBoughtHash = true
        return .reading(question)
    }

    /// What tells a code from others of the account.
    func codeMAC(_ account: String, _ context: String, _ code: borrowing Secret) -> [UInt8] {
        Array(keys.codeGuess.mac(account: "\(account) \(context)", secret: code).prefix(Self.guessLength))
    }
}
