/// What attempts on the web write, each in a commit of its own.
extension Store {
    /// Uses a code up and opens the session in one durable commit: a code that was used up for nothing could not be given
    /// again. A wrong one is counted.
    package func use(_ use: CodeUse) throws(StoreError) -> CodeAnswer {
        let name = use.account.name
        // Recovery codes are as long as app passwords, and wait as little.
        if !use.code.looksGenerated {
            let wrong = try codeGuesses(account: name.text, use.wrong.window)
            if let wrong, !use.isOpen(wrong) {
                try use.spent.map { guess throws(StoreError) in _ = try recordGuess(guess) }
                return .hasToWait(wrong)
            }
        }
        let result = try write(durable: true) { () throws(StoreError) -> CodeResult? in
            guard try isUnchanged(use.account) else { return nil }
            let result = try useCode(use.code.raw, account: name, keys: keys, now: use.wrong.window.now)
            if result == .accepted, let session = use.session { try openSession(session, account: name) }
            return result
        }
        switch result {
        case nil: return .accountChanged
        case .accepted?: return .accepted
        case .wrong(let fault)?:
            try use.spent.map { guess throws(StoreError) in _ = try recordGuess(guess) }
            return .wrong(fault, try recordGuess(use.wrong))
        }
    }

    /// Opens a session for whoever was granted without a code.
    ///
    /// - Returns: False if the account is another one by now.
    package func openSession(_ session: NewSession, for account: AccountState) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            guard try isUnchanged(account) else { return false }
            try openSession(session, account: account.name)
            return true
        }
    }

    /// Looks at a code that is to buy a slow hash, and counts it: a right one once for each account and step.
    ///
    /// - Returns: Whether it did.
    package func buyHash(_ code: EarlyCode) throws(StoreError) -> Bool {
        try write(durable: false) { () throws(StoreError) in
            let guess = code.guess
            // Others may have spent the budget meanwhile.
            guard code.isOpen(try codeGuesses(account: guess.account, kind: .earlyCode, guess.window)) else {
                return false
            }
            var look = CodeLook.wrong(nil)
            if let account = code.account, account.secondFactor == .totp {
                look = try self.look(at: code.code.raw, account: account.name, keys: keys, now: guess.window.now)
            }
            let record = try recordGuess(guess.with(mac: code.mac(look)))
            if case .wrong = look { return false }
            if case .repeated = record { return false }
            return true
        }
    }

    private func isUnchanged(_ account: AccountState) throws(StoreError) -> Bool {
        try self.account(account.name)?.generation == account.generation
    }
}
