import Credentials
import Synchronization

/// Secrets of this process that are being hashed or counted: each may turn out a guess that the store does not know of
/// yet. Many at once get no more of them looked at than one after the other, also while the store takes no writes.
final class SecretsUnderWay: Sendable {
    /// A place among them, until it is given up or nobody holds it any more.
    final class Place: Sendable {
        private let all: SecretsUnderWay
        private let key: Key
        private let hasLeft = Atomic(false)

        fileprivate init(_ key: Key, _ all: SecretsUnderWay) {
            self.key = key
            self.all = all
        }

        deinit { leave() }

        func leave() {
            if !hasLeft.exchange(true, ordering: .relaxed) { all.leave(key) }
        }
    }

    struct Key: Equatable, Sendable {
        /// As guesses are counted.
        let account: String
        let network: Network
        let mac: [UInt8]

        func sharesBudget(with other: Key) -> Bool { network == other.network || account == other.account }
    }

    enum Entry {
        case entered(Place)
        /// The same secret is under way, or as many as the budgets allow: what becomes of them has to be known first.
        case wait
        /// Too many could not be counted.
        case uncounted
    }

    private struct Present {
        /// Some hundreds at most: the queues of slow hashes and of the writer.
        var keys: [Key] = []
        /// The last that left, oldest first, and how many left in all.
        var left: [Key] = []
        var leavings: UInt64 = 0
        /// Guesses that could not be counted since the last that could.
        var uncounted: [Key] = []
    }

    private static let mostLeft = 64
    /// Then nobody from a network with a budget gets in.
    private static let mostUncounted = 512

    private let present = Mutex(Present())

    /// How many have left so far. What they left in the store is seen by whoever begins to read after this.
    var leavings: UInt64 { present.withLock { $0.leavings } }

    /// - Parameter leavings: From before the budgets were read: who left since may have spent some of them.
    func enter(_ key: Key, _ allowance: Allowance, leavings: UInt64) -> Entry {
        let refusal: Entry? = present.withLock { present in
            let new = present.leavings - leavings
            if new > UInt64(present.left.count) || present.left.suffix(Int(new)).contains(where: key.sharesBudget) {
                return .wait
            }
            if present.keys.contains(key) || !allows(allowance, key, present.keys) { return .wait }
            if !present.uncounted.isEmpty {
                let isFull = present.uncounted.count >= Self.mostUncounted && allowance.network != nil
                if isFull || !allows(allowance, key, present.uncounted) { return .uncounted }
                // One that could not be counted and is about to leave is one, not two.
                let others = present.keys.filter { !present.uncounted.contains($0) } + present.uncounted
                if !allows(allowance, key, others) { return .wait }
            }
            present.keys.append(key)
            return nil
        }
        return refusal ?? .entered(Place(key, self))
    }

    private func allows(_ allowance: Allowance, _ key: Key, _ others: [Key]) -> Bool {
        var (pair, network, account) = (0, 0, 0)
        for other in others {
            let (isNetwork, isAccount) = (other.network == key.network, other.account == key.account)
            if isNetwork { network += 1 }
            if isAccount { account += 1 }
            if isNetwork, isAccount { pair += 1 }
        }
        return pair < allowance.pair && network < allowance.network ?? .max && account < allowance.account ?? .max
    }

    private func leave(_ key: Key) {
        present.withLock { present in
            if let index = present.keys.firstIndex(of: key) { present.keys.remove(at: index) }
            present.leavings += 1
            present.left.append(key)
            if present.left.count > Self.mostLeft { present.left.removeFirst() }
        }
    }

    /// - Parameter isCounted: Whether a guess could be written down.
    func note(_ key: Key, isCounted: Bool) {
        present.withLock { present in
            if isCounted {
                if !present.uncounted.isEmpty { present.uncounted = [] }
            } else if present.uncounted.count < Self.mostUncounted, !present.uncounted.contains(key) {
                present.uncounted.append(key)
            }
        }
    }
}
