package import Credentials

/// The first look: asks for the account and for the generated app password that the secret may be. After a slow hash it
/// asks for the account alone.
package struct FirstLook: Sendable {
    let judge: Judge
    private let before: Facts
    /// What to ask the store.
    package let question: FirstQuestion

    init(_ facts: Facts, _ name: AccountName, _ judge: Judge) {
        before = facts
        self.judge = judge
        question = FirstQuestion(name: name, secret: facts.proof == nil ? facts.attempt.secret : nil)
    }

    func facts(_ answer: FirstAnswer) -> Facts {
        var facts = before
        guard let proof = facts.proof else {
            facts.first = answer
            if let account = answer.account { facts.name = account.name }
            return facts
        }
        guard answer.account?.generation == facts.account?.generation else {
            return facts.afterChange(at: judge.clock())
        }
        facts.proof?.isCurrent = true
        if let account = facts.account, let match = proof.match {
            judge.rightSecrets?.remember(facts.attempt.secret.raw, match, account: account)
        }
        return facts
    }
}

/// The second look, unless the secret is a generated app password: asks for the guesses, for what is remembered of the
/// secret, and for the slow candidates.
package struct SecondLook: Sendable {
    let judge: Judge
    private let before: Facts
    /// What to ask the store.
    package let question: SecondQuestion
    private let isMainPassword: Bool
    private let finding: LookedSecrets.Finding?
    private let releases: UInt64

    init(_ facts: Facts, mac: [UInt8], _ judge: Judge) {
        before = facts
        self.judge = judge
        releases = judge.inFlight.releases
        let right = facts.account.flatMap { judge.rightSecrets?.recall(facts.attempt.secret.raw, account: $0) }
        var id: String?
        switch right {
        case .mainPassword: isMainPassword = true
        case .appPassword(let found):
            isMainPassword = false
            id = found
        case nil: isMainPassword = false
        }
        finding = facts.name.flatMap { judge.finding(facts, name: $0) }
        var refusedMAC: [UInt8]?
        if case .refused = finding { refusedMAC = facts.account.map { judge.refusedMAC($0, facts) } }
        question = SecondQuestion(
            account: facts.name ?? AccountName(stored: ""), secret: facts.attempt.secret, network: facts.network,
            isTrusted: judge.throttling.isTrusted(facts.attempt.address), mac: mac, refusedMAC: refusedMAC,
            appPasswordID: id, window: judge.throttling.window(at: facts.now),
            accountLimit: judge.throttling.accountLimit)
    }

    /// From a network new to the account, a secret counts as known only if this process looked at it itself and the
    /// store has it on record. A wrong secret that only the store remembers costs a hash, since a refused main password
    /// does: the store cannot recognise that.
    func facts(_ answer: SecondAnswer) -> Facts {
        let isOnRecord = answer.known.map { judge.isCurrent($0.look, before) } ?? false
        var (isKnownWrong, isKnownRefused) = (isOnRecord, false)
        if !answer.knowsNetwork {
            switch finding {
            case .wrong: break
            case .refused: (isKnownWrong, isKnownRefused) = (false, answer.isRefusalKnown)
            case nil: isKnownWrong = false
            }
        }
        var facts = before
        facts.second = Facts.Second(
            knowsNetwork: answer.knowsNetwork, verdict: judge.throttling.judge(answer, to: question),
            counted: Budgets(
                pair: answer.ofBoth?.count ?? 0, network: answer.ofNetwork?.count ?? 0,
                account: answer.ofAccount?.count ?? 0),
            mayBuyHash: judge.throttling.judgeCodes(answer.earlyCodes, now: facts.now) == nil,
            isKnownWrong: isKnownWrong, isKnownRefused: isKnownRefused,
            right: isMainPassword ? .mainPassword(nil) : answer.appPassword.map { .appPassword($0, nil) },
            slow: answer.slow, mac: question.mac, releases: releases)
        return facts
    }
}

/// Other guesses in flight have to be decided first.
package struct Wait: Sendable {
    let judge: Judge
    private let before: Facts

    init(_ facts: Facts, _ judge: Judge) {
        before = facts
        self.judge = judge
    }

    var facts: Facts { before.startedOver(at: judge.clock()) }
}

/// The slow step. A wrong secret costs one hash, whether or not the account exists, unless imported app passwords
/// without a tag require more.
package struct Hash: Sendable {
    let judge: Judge
    private let before: Facts
    private let service: Service

    init(_ facts: Facts, _ service: Service, _ judge: Judge) {
        before = facts
        self.service = service
        self.judge = judge
    }

    /// Whether the account has signed in from the network before.
    package var isFromKnownNetwork: Bool { before.knowsNetwork }

    /// KiB that the largest of the hashes takes.
    package var memory: Int { judge.hasher.memory(slow, before.account) }

    private var slow: [SlowCandidate] { before.second?.slow ?? [] }

    var facts: Facts {
        var facts = before
        do throws(HashError) {
            facts.proof = try judge.hasher.match(
                facts.attempt.secret, slow, account: facts.account, service: service)
        } catch {
            facts.proof = Proof(match: nil, failure: error)
        }
        return facts
    }

    var startedOver: Facts { before.startedOver(at: judge.clock()) }
}
