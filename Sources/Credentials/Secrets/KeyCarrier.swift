/// Carries stored values from older keys of a key file to newer ones.
package struct KeyCarrier: Sendable {
    private let old: Keys
    private let new: Keys
    private let steps: [KeyedMAC]

    /// Nil if `old` is neither `new` nor among the keys before it.
    package init?(from old: Keys, to new: Keys) {
        guard let steps = new.steps(from: old) else { return nil }
        self.old = old
        self.new = new
        self.steps = steps
    }

    /// Carries a MAC of any kind; its length stays the same.
    func mac(_ mac: [UInt8]) -> [UInt8] { steps.reduce(mac) { $1.mac(again: $0) } }

    /// Carries the tag of a slow app password.
    func tag(_ tag: Int64) -> Int64 { Keys.tag(of: mac(Keys.bytes(ofTag: tag))) }

    /// Carries a sealed seed; nil if the old keys do not open it for this account.
    func seal(_ sealed: [UInt8], account: AccountName) -> [UInt8]? {
        if steps.isEmpty { return sealed }
        guard let seed = old.open(sealed, account: account) else { return nil }
        return new.seal(seed, account: account)
    }
}
