/// The writes of attempts on the web, each in a commit of its own.
extension Store {
    /// Writes what the question asks for, if it is still allowed within the transaction.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func answer(_ question: CommitQuestion) throws(StoreError) -> CommitAnswer {
        switch question {
        case .code(let use): try self.use(use)
        case .session(let session, let account): try open(session, for: account)
        case .hash(let code): try buyHash(code)
        }
    }

    /// Uses a code up and opens the session in one durable commit: a code that was used up without a session could not
    /// be presented again. A wrong code is counted.
    private func use(_ use: CodeUse) throws(StoreError) -> CommitAnswer {
        let name = use.account.name
        // Recovery codes are as long as app passwords, so they need not wait either.
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

    private func open(_ session: NewSession, for account: AccountState) throws(StoreError) -> CommitAnswer {
        try write(durable: true) { () throws(StoreError) in
            guard try isUnchanged(account) else { return .accountChanged }
            try openSession(session, account: account.name)
            return .accepted
        }
    }

    /// Checks a code for which a slow hash is to be computed, and counts it. A right code succeeds once for each
    /// account and step.
    private func buyHash(_ code: EarlyCode) throws(StoreError) -> CommitAnswer {
        try write(durable: false) { () throws(StoreError) in
            let guess = code.guess
            // Other attempts may have spent the budget meanwhile.
            let early = try codeGuesses(account: guess.account, kind: .earlyCode, guess.window)
            if let early, !code.isOpen(early) { return .hasToWait(early) }
            var look = CodeLook.wrong(nil)
            if let account = code.account, account.secondFactor == .totp {
                look = try self.look(at: code.code.raw, account: account.name, keys: keys, now: guess.window.now)
            }
            let record = try recordGuess(guess.with(mac: code.mac(look)))
            switch (look, record) {
            case (.wrong, _), (_, .repeated): return .wrong(nil, record)
            case (.step, _), (.recovery, _): return .accepted
            }
        }
    }

    private func isUnchanged(_ account: AccountState) throws(StoreError) -> Bool {
        try self.account(account.name)?.generation == account.generation
    }
}
