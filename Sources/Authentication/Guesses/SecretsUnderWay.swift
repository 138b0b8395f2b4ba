import Credentials
import Synchronization

/// Secrets of this process that are being hashed or counted: each may turn out a guess that the store does not know of
/// yet. Many at once get no more of them looked at than one after the other.
final class SecretsUnderWay: Sendable {
    /// A place among them, for as long as somebody holds it.
    final class Place: Sendable {
        private let all: SecretsUnderWay
        private let key: Key

        fileprivate init(_ key: Key, _ all: SecretsUnderWay) {
            self.key = key
            self.all = all
        }

        deinit { all.leave(key) }
    }

    struct Key: Equatable, Sendable {
        /// As guesses are counted.
        let account: String
        let network: Network
        let mac: [UInt8]
    }

    private struct Present {
        /// As many as the queue of slow hashes holds, at most.
        var keys: [Key] = []
        var leavings: UInt64 = 0
    }

    private let present = Mutex(Present())

    /// How many have left so far. What they left in the store is seen by whoever begins to read after this.
    var leavings: UInt64 { present.withLock { $0.leavings } }

    /// Nil as long as the same secret is under way, or as many as the budgets allow: what becomes of them has to be
    /// known first. Also if some have left since the budgets were read.
    ///
    /// - Parameter leavings: From before the reading.
    func enter(_ key: Key, _ allowance: Allowance, leavings: UInt64) -> Place? {
        let isIn = present.withLock { present in
            guard present.leavings == leavings else { return false }
            var (pair, network, account) = (0, 0, 0)
            for other in present.keys {
                if other == key { return false }
                let (isNetwork, isAccount) = (other.network == key.network, other.account == key.account)
                if isNetwork { network += 1 }
                if isAccount { account += 1 }
                if isNetwork, isAccount { pair += 1 }
            }
            guard pair < allowance.pair, network < allowance.network ?? .max, account < allowance.account ?? .max else {
                return false
            }
            present.keys.append(key)
            return true
        }
        return isIn ? Place(key, self) : nil
    }

    private func leave(_ key: Key) {
        present.withLock { present in
            if let index = present.keys.firstIndex(of: key) { present.keys.remove(at: index) }
            present.leavings += 1
        }
    }
}
