/// The questions of attempts, many in one consistent read. Each question is a few indexed look-ups.
extension Store {
    /// Answers all questions from one state of the database.
    ///
    /// - Returns: An answer for each question, or its own error.
    /// - Throws: `StoreError` when the database cannot be read at all.
    package func answer(_ questions: [FirstQuestion]) throws(StoreError) -> [Result<FirstAnswer, StoreError>] {
        if let server = database.server { return try answer(questions, on: server) }
        return try read { () throws(StoreError) in questions.map(each(found)) }
    }

    /// Answers all questions from one state of the database.
    ///
    /// - Returns: An answer for each question, or its own error.
    /// - Throws: `StoreError` when the database cannot be read at all.
    package func answer(_ questions: [SecondQuestion]) throws(StoreError) -> [Result<SecondAnswer, StoreError>] {
        if let server = database.server { return try answer(questions, on: server) }
        return try read { () throws(StoreError) in questions.map(each(found)) }
    }

    /// Answers one question: a process that asks no other is spared the generic types of lists.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func answer(_ question: FirstQuestion) throws(StoreError) -> FirstAnswer {
        if let server = database.server { return try answer([question], on: server)[0].get() }
        return try read { () throws(StoreError) in try self.found(question) }
    }

    /// Answers one question.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func answer(_ question: SecondQuestion) throws(StoreError) -> SecondAnswer {
        if let server = database.server { return try answer([question], on: server)[0].get() }
        return try read { () throws(StoreError) in try self.found(question) }
    }

    /// Answers all look-ups from one state of the database.
    ///
    /// - Returns: For each look-up, a closure that delivers its answer, or its own error.
    /// - Throws: `StoreError` when the database cannot be read at all.
    package func answer(_ lookUps: [LookUp]) throws(StoreError) -> [Result<() -> Void, StoreError>] {
        try read { () throws(StoreError) in lookUps.map(each(found)) }
    }

    /// Makes a damaged row an outage only for the questions that read it.
    private func each<Question, Answer>(_ answer: @escaping (Question) throws(StoreError) -> Answer)
        -> (Question) -> Result<Answer, StoreError>
    {
        { question in Result { () throws(StoreError) in try answer(question) } }
    }

    func found(_ question: FirstQuestion) throws(StoreError) -> FirstAnswer {
        guard let account = try account(question.name) else { return FirstAnswer(account: nil, appPassword: nil) }
        let verifier = question.secret?.verifier(account: account.name, keys)
        return FirstAnswer(
            account: account,
            appPassword: try verifier.flatMap { verifier throws(StoreError) in
                try generatedAppPassword(verifier: verifier, account: account.name)
            })
    }

    private func found(_ lookUp: LookUp) throws(StoreError) -> () -> Void {
        switch lookUp {
        case .account(let name, let then):
            let found = try account(name)
            return { then(.success(found)) }
        case .names(let name, let limit, let then):
            let found = try accountNames(after: name, limit: limit)
            return { then(.success(found)) }
        case .sender(let question, let then):
            let found = try answer(question)
            return { then(.success(found)) }
        case .nothing(let then): return then
        }
    }

    private func found(_ asked: SecondQuestion) throws(StoreError) -> SecondAnswer {
        let (name, network, window) = (asked.account.text, asked.network, asked.window)
        let knowsNetwork = try knows(network, account: asked.account)
        let tags = asked.secret.tags(account: asked.account, keys)
        return SecondAnswer(
            knowsNetwork: knowsNetwork,
            ofBoth: try guesses(account: name, network: network, window),
            ofNetwork: knowsNetwork || asked.isTrusted ? nil : try guesses(network: network, window),
            // Names that no account can have share one name, so its budget would protect nobody.
            ofAccount: knowsNetwork || name.isEmpty
                ? nil : try guesses(account: name, limit: asked.accountLimit, window),
            earlyCodes: knowsNetwork ? nil : try codeGuesses(account: name, kind: .earlyCode, window),
            known: try knownGuess(account: name, network: network, mac: asked.mac, window: window),
            isRefusalKnown: try asked.refusedMAC.map { mac throws(StoreError) in
                try knownGuess(account: name, network: network, mac: mac, window: window) != nil
            } ?? false,
            appPassword: try asked.appPasswordID.flatMap { id throws(StoreError) in
                try appPassword(id: id, account: asked.account)
            },
            slow: try slowAppPasswords(account: asked.account, compactTag: tags.compact, rawTag: tags.raw))
    }
}
