import Bytes
package import Credentials

/// A write with a commit of its own. What was read before may have changed since, and is checked again within it.
package struct Commit: Sendable {
    let judge: Judge
    /// What is to be written, and under which conditions.
    package let question: CommitQuestion
    let before: Facts
    let write: Rule.Write
    private let session: SessionPassword?

    enum Result {
        case decision(Decision)
        /// The attempt goes on with these facts.
        case again(Facts)
    }

    /// Nil if the write only opens a session and there are no random bytes for it.
    init?(_ facts: Facts, _ judge: Judge, _ write: Rule.Write) {
        before = facts
        self.judge = judge
        self.write = write
        switch write {
        case .code(let account, _, let opensSession):
            let session = opensSession ? judge.makeSession(account, facts) : nil
            question = .code(judge.codeUse(account, session: session?.new, facts))
            self.session = session?.password
        case .session(let account, _):
            guard let session = judge.makeSession(account, facts) else { return nil }
            question = .session(session.new, account)
            self.session = session.password
        case .earlyCode:
            question = .hash(judge.earlyCode(facts))
            session = nil
        }
    }

    func result(_ answer: CommitAnswer) -> Result {
        switch write {
        case .code(let account, let upgrade, _): judge(answer, account, upgrade)
        case .session(let account, let upgrade):
            switch answer {
            case .accepted: .decision(grant(account, upgrade))
            case .accountChanged, .hasToWait, .wrong: .again(changed)
            }
        case .earlyCode(let throttle):
            switch answer {
            case .accepted: .again(withBoughtHash)
            case .accountChanged, .hasToWait, .wrong: .decision(.unavailable(.throttled(throttle)))
            }
        }
    }

    /// The decision when the write failed. A sign-in that needs no code is granted all the same, without a session.
    static func decision(without failure: Unavailability, for write: Rule.Write, _ facts: Facts) -> Decision {
        guard case .session(let account, let upgrade) = write else { return .unavailable(failure) }
        return .granted(.mainPassword(upgrade), account, facts) { $0.sessionFailure = failure }
    }

    private func grant(_ account: AccountState, _ upgrade: Upgrade?) -> Decision {
        .granted(.mainPassword(upgrade), account, before) { $0.session = session }
    }

    private func judge(_ answer: CommitAnswer, _ account: AccountState, _ upgrade: Upgrade?) -> Result {
        func deny(_ denial: Denial) -> Result { .decision(.denied(denial)) }
        switch answer {
        case .accountChanged: return .again(changed)
        case .accepted: return .decision(grant(account, upgrade))
        case .hasToWait(let wrong):
            guard let throttle = judge.throttling.judgeCodes(wrong, now: before.now) else { return .again(changed) }
            // From a network new to the account, a temporary failure would reveal that the password was right.
            if before.knowsNetwork { return .decision(.unavailable(.throttled(throttle))) }
            judge.remember(.refused, before)
            return deny(
                Denial(reason: .secondFactorThrottled, guess: .none, account: account, throttle: throttle))
        case .wrong(let fault, let record):
            if !before.knowsNetwork { judge.remember(.refused, before) }
            if case .otherClock = fault {
                // Not a guess to log readers.
                return deny(
                    Denial(reason: .secondFactorOtherClock, guess: .none, account: account, codeFault: fault))
            }
            return deny(
                Denial(
                    reason: .secondFactorMismatch, guess: GuessCount(record), account: account, codeFault: fault))
        }
    }

    private var changed: Facts { before.afterChange(at: judge.clock()) }

    private var withBoughtHash: Facts {
        var facts = before.startedOver(at: before.now)
        facts.hasBoughtHash = true
        return facts
    }
}

extension Judge {
    /// A session to be opened, and the app password that the webmail gets for it.
    fileprivate typealias Session = (new: NewSession, password: SessionPassword)

    fileprivate func makeSession(_ account: AccountState, _ facts: Facts) -> Session? {
        do throws(RandomFailure) {
            let canonical = try AppPasswordText.makeGenerated()
            let mac = keys.appPassword.mac(account: account.name.text, secret: canonical)
            let new = NewSession(
                session: facts.attempt.session ?? [], id: try AppPassword.makeID(), mac: mac,
                networks: webmailNetworks, now: facts.now)
            let password = SessionPassword(
                id: new.id, secret: AppPasswordText.display(canonical),
                expires: facts.now.adding(seconds: Store.sessionLength))
            return (new, password)
        } catch {
            return nil
        }
    }
}
