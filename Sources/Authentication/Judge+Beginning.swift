import Bytes
package import Credentials

/// What an attempt is, before the store is asked.
extension Judge {
    package func accountName(_ bytes: [UInt8]) -> AccountName? { AccountName(bytes, defaultDomain: defaultDomain) }

    /// - Parameter isPreview: Counts nothing, uses up no code.
    package func begin(_ attempt: Attempt, isPreview: Bool = false) -> Evaluation {
        let network = Network(of: attempt.address)
        let now = clock()
        func denied(_ denial: Denial) -> Evaluation {
            Evaluation(attempt: attempt, isPreview: isPreview, state: self.denied(denial))
        }
        if let masterUser = attempt.masterUser {
            // Dovecot knows that secret to be right, and it is not the account's: nothing of it is looked at.
            return denied(.masterUser(masterUser))
        }
        guard let name = accountName(attempt.userName) else {
            // No account can have this name: all of them share the empty one, told apart by the MAC.
            let mac = guessMAC(String(decoding: attempt.userName, as: UTF8.self), attempt)
            let denial = Denial(reason: .malformedName, guess: .counted, fingerprint: fingerprint(mac))
            let count = nameless(.wrong, attempt, network, mac, now, denial)
            return Evaluation(attempt: attempt, isPreview: isPreview, state: .admitting(count))
        }
        guard let service = Service(channelName: attempt.service) else {
            return denied(Denial(reason: .unknownService, guess: .none))
        }
        let identity = attempt.authorizationIdentity
        let question = Evaluation.Question(
            name: name, service: service, foreignIdentity: isSelf(identity, name) ? nil : LogText.encode(identity),
            network: network, now: now)
        return Evaluation(attempt: attempt, isPreview: isPreview, state: .reading(question))
    }

    /// For a SASL message that no credentials are in: it spends the budget of its network.
    ///
    /// - Parameter problem: What is wrong with it; printable ASCII.
    package func begin(malformed attempt: Attempt, _ problem: String) -> Evaluation {
        let denial = Denial(reason: .malformedExchange, guess: .none, detail: problem)
        guard let mac = try? randomBytes(Keys.guessLength) else {
            let decision = Decision(outcome: .unavailable(.hash(.noRandom)))
            return Evaluation(attempt: attempt, isPreview: false, state: .done(decision))
        }
        let count = nameless(.malformed, attempt, Network(of: attempt.address), mac, clock(), denial)
        return Evaluation(attempt: attempt, isPreview: false, state: .admitting(count))
    }

    private func nameless(
        _ kind: KnownGuess.Kind, _ attempt: Attempt, _ network: Network, _ mac: [UInt8], _ now: Timestamp,
        _ denial: Denial
    ) -> Evaluation.Count {
        Evaluation.Count(
            kind: kind, account: "", network: network, mac: mac, look: look(at: nil), rank: .noAccount,
            service: Service(channelName: attempt.service)?.rawValue ?? "", isLooked: false, now: now, denial: denial)
    }

    /// What a secret is compared with now.
    func look(at account: AccountState?) -> GuessLook {
        GuessLook(
            secretsGeneration: account?.secretsGeneration ?? 0, memoryLimit: hashMemoryLimit,
            isMapped: account?.isMainMapped ?? false)
    }

    /// Nobody signs in as somebody else.
    private func isSelf(_ identity: [UInt8], _ name: AccountName) -> Bool {
        identity.isEmpty || accountName(identity) == name
    }
}
