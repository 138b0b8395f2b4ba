import Bytes
import Credentials

/// A write with a commit of its own. What was read before it may have changed, and is compared within it.
package struct Commit: Sendable {
    let judge: Judge
    private let before: Facts
    private let write: Rule.Write

    enum Result {
        case decision(Decision)
        /// There is more to find out.
        case again(Facts)
    }

    init(_ facts: Facts, _ judge: Judge, _ write: Rule.Write) {
        before = facts
        self.judge = judge
        self.write = write
    }

    func result(_ store: Store) throws(StoreError) -> Result {
        switch write {
        case .code(let account, let upgrade, let opensSession):
            return try use(account, upgrade, opensSession ? makeSession(account) : nil, store)
        case .session(let account, let upgrade): return try open(account, upgrade, store)
        case .earlyCode(let throttle):
            guard try store.buyHash(judge.earlyCode(before)) else {
                return .decision(.unavailable(.throttled(throttle)))
            }
            var facts = before.startedOver(at: before.now)
            facts.hasBoughtHash = true
            return .again(facts)
        }
    }

    /// What is answered where it cannot be written. Whoever needs no code is granted all the same.
    func decision(without failure: Unavailability) -> Decision {
        guard case .session(let account, let upgrade) = write else { return .unavailable(failure) }
        return .granted(.mainPassword(upgrade), account, before) { $0.sessionFailure = failure }
    }

    private func use(_ account: AccountState, _ upgrade: Upgrade?, _ session: Session?, _ store: Store)
        throws(StoreError) -> Result
    {
        func denied(_ denial: Denial) -> Result { .decision(.denied(denial)) }
        switch try store.use(judge.codeUse(account, session: session?.new, before)) {
        case .accountChanged: return .again(changed)
        case .accepted:
            return .decision(.granted(.mainPassword(upgrade), account, before) { $0.session = session?.password })
        case .hasToWait(let wrong):
            guard let throttle = judge.throttling.judgeCodes(wrong, now: before.now) else { return .again(changed) }
            // Wherever the account was never used from, a temporary answer would betray that the password was right.
            if before.knowsNetwork { return .decision(.unavailable(.throttled(throttle))) }
            judge.remember(.refused, before)
            return denied(
                Denial(reason: .secondFactorThrottled, guess: .none, account: account, throttle: throttle))
        case .wrong(let fault, let record):
            if !before.knowsNetwork { judge.remember(.refused, before) }
            if case .otherClock = fault {
                // No guess.
                return denied(
                    Denial(reason: .secondFactorOtherClock, guess: .none, account: account, codeFault: fault))
            }
            return denied(
                Denial(
                    reason: .secondFactorMismatch, guess: GuessCount(record), account: account, codeFault: fault))
        }
    }

    private func open(_ account: AccountState, _ upgrade: Upgrade?, _ store: Store) throws(StoreError) -> Result {
        guard let session = makeSession(account) else { return .decision(decision(without: .hash(.noRandom))) }
        guard try store.openSession(session.new, for: account) else { return .again(changed) }
        return .decision(.granted(.mainPassword(upgrade), account, before) { $0.session = session.password })
    }

    private var changed: Facts { before.afterChange(at: judge.clock()) }

    /// A session to be opened, and what the webmail gets for it.
    private typealias Session = (new: NewSession, password: SessionPassword)

    private func makeSession(_ account: AccountState) -> Session? {
        do throws(RandomFailure) {
            let canonical = try AppPasswordText.makeGenerated()
            let mac = judge.keys.appPassword.mac(account: account.name.text, secret: canonical)
            let new = NewSession(
                session: before.attempt.session ?? [], id: try AppPassword.makeID(), mac: mac,
                networks: judge.webmailNetworks, now: before.now)
            let password = SessionPassword(
                id: new.id, secret: AppPasswordText.display(canonical),
                expires: before.now.adding(seconds: Store.sessionLength))
            return (new, password)
        } catch {
            return nil
        }
    }
}
