import Bytes
import Credentials

/// What an owner can do on the web while others guess: an account that is closed for networks new to it opens for one slow
/// hash to whoever has a right code.
extension Judge {
    /// Whether the code is to be looked at. Of names that are no account, and of accounts without codes, too: a time that is
    /// another one would tell.
    func mayBuyHash(
        _ question: Evaluation.Question, _ throttle: Throttle, _ evaluation: Evaluation, _ store: Store
    ) throws(Unavailability) -> Bool {
        guard throttle.scope == .account, question.service == .web, !evaluation.attempt.code.isEmpty,
            !evaluation.isPreview
        else { return false }
        return try storing { () throws(StoreError) in
            try self.throttling.judgeCodes(question.name.text, kind: .earlyCode, now: question.now, store) == nil
        }
    }

    /// Looks at the code first, and does not use it up. Wrong ones have a budget of their own, so that nobody without the
    /// main password closes the account's codes; a right one counts once for each account and step.
    func buyHash(
        _ question: Evaluation.Question, _ account: AccountState?, _ throttle: Throttle, _ evaluation: Evaluation,
        _ store: Store
    ) throws(Unavailability) -> Evaluation.State {
        let isBought = try storing { () throws(StoreError) in
            try store.together { () throws(StoreError) in
                let name = question.name.text
                // Others may have spent it meanwhile.
                guard try self.throttling.judgeCodes(name, kind: .earlyCode, now: question.now, store) == nil else {
                    return false
                }
                let attempt = evaluation.attempt
                let step = TOTP.step(at: question.now)
                var look = Store.CodeLook.wrong(nil)
                if let account, account.secondFactor == .totp {
                    look = try store.look(at: attempt.code, account: account.name, keys: self.keys, now: question.now)
                }
                let mac: [UInt8]
                switch look {
                case .step(let used): mac = self.codeMAC(name, "bought", Secret(Array("\(used)".utf8)))
                case .recovery(let verifier): mac = self.codeMAC(name, "bought \(step)", Secret(verifier))
                case .wrong: mac = self.codeMAC(name, "\(step)", attempt.code)
                }
                // From wherever it comes: of no network.
                let guess = NewGuess(
                    kind: .earlyCode, account: name, network: Network(of: nil), mac: mac, look: self.look(at: account),
                    rank: account == nil ? .noAccount : .newNetwork, service: question.service.rawValue)
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
        keys.codeGuess.mac(account: "\(account) \(context)", secret: code)
    }
}
