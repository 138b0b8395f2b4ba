import Credentials
import Synchronization

/// Secrets that this process is hashing or counting: each may turn out to be a guess that the store has not recorded
/// yet. They count against the budgets, so that many attempts at once get no more guesses than one after the other,
/// even while the store takes no writes.
final class InFlightGuesses: Sendable {
    /// Counts one secret as in flight until it is released, at the latest when nobody holds the reservation any more.
    final class Reservation: Sendable {
        private let all: InFlightGuesses
        private let place: Place
        private let isReleased = Atomic(false)
        private let isEntered = Atomic(false)

        fileprivate init(_ place: Place, _ all: InFlightGuesses) {
            self.place = place
            self.all = all
        }

        /// Notes that the store has the place, too.
        func noteEntered() { isEntered.store(true, ordering: .relaxed) }

        deinit { release() }

        func release() {
            guard !isReleased.exchange(true, ordering: .relaxed) else { return }
            all.release(place)
            if isEntered.load(ordering: .relaxed) { all.leave?(place) }
        }
    }

    enum Answer {
        case reserved(Reservation)
        /// The same secret is in flight, or as many others as the budgets allow: their results have to be known first.
        case wait
        /// Too many guesses could not be recorded.
        case uncounted
    }

    private struct Present {
        /// Secrets in flight: some hundreds at most, the lengths of the queues of slow hashes and of the writer.
        var keys: [Place] = []
        /// The most recently released ones, oldest first, and the number of all releases.
        var released: [Place] = []
        var releases: UInt64 = 0
        /// Guesses that could not be recorded since one last could.
        var uncounted: [Place] = []
    }

    private static let maxReleased = 64
    /// With so many, secrets from all networks that have a budget are refused.
    private static let maxUncounted = 512

    private let present = Mutex(Present())
    /// Gives back a place in the store; nil: no other process shares the budgets.
    private let leave: (@Sendable (Place) -> Void)?

    init(leave: (@Sendable (Place) -> Void)? = nil) { self.leave = leave }

    /// Whether a place in the store is needed, too.
    var areShared: Bool { leave != nil }

    /// The number of releases so far. A read of the store that begins later sees what those guesses wrote.
    var releases: UInt64 { present.withLock { $0.releases } }

    /// Reserves room for a secret, if the allowance permits it.
    ///
    /// - Parameter releases: As of before the budgets were read: guesses released since may have spent some of them.
    func reserve(_ key: Place, _ allowance: Budgets, releases: UInt64) -> Answer {
        let refusal: Answer? = present.withLock { present in
            let new = present.releases - releases
            if new > UInt64(present.released.count)
                || present.released.suffix(Int(new)).contains(where: key.sharesBudget)
            {
                return .wait
            }
            if present.keys.contains(key) || !allows(allowance, key, present.keys) { return .wait }
            if !present.uncounted.isEmpty {
                let isFull = present.uncounted.count >= Self.maxUncounted && allowance.network != nil
                if isFull || !allows(allowance, key, present.uncounted) { return .uncounted }
                // A guess that could not be recorded and is not released yet counts once, not twice.
                let others = present.keys.filter { !present.uncounted.contains($0) } + present.uncounted
                if !allows(allowance, key, others) { return .wait }
            }
            present.keys.append(key)
            return nil
        }
        return refusal ?? .reserved(Reservation(key, self))
    }

    private func allows(_ allowance: Budgets, _ key: Place, _ others: [Place]) -> Bool {
        var (pair, network, account) = (0, 0, 0)
        for other in others {
            let (isNetwork, isAccount) = (other.network == key.network, other.account == key.account)
            if isNetwork { network += 1 }
            if isAccount { account += 1 }
            if isNetwork, isAccount { pair += 1 }
        }
        return pair < allowance.pair && network < allowance.network ?? .max && account < allowance.account ?? .max
    }

    private func release(_ key: Place) {
        present.withLock { present in
            if let index = present.keys.firstIndex(of: key) { present.keys.remove(at: index) }
            present.releases += 1
            present.released.append(key)
            if present.released.count > Self.maxReleased { present.released.removeFirst() }
        }
    }

    /// Notes whether the store could record a guess.
    func note(_ key: Place, isCounted: Bool) {
        present.withLock { present in
            if isCounted {
                if !present.uncounted.isEmpty { present.uncounted = [] }
            } else if present.uncounted.count < Self.maxUncounted, !present.uncounted.contains(key) {
                present.uncounted.append(key)
            }
        }
    }
}

extension Place {
    fileprivate func sharesBudget(with other: Place) -> Bool { network == other.network || account == other.account }
}
