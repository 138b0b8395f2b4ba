import Credentials

/// Keeps what protects an account, or what a domain's policy asks for, more than what an import brings instead.
struct Loosening {
    let now: Timestamp
    /// What would have become looser, in words.
    private(set) var withheld: [String] = []
    /// Whether that is a main password where there was none.
    private(set) var hasMainPassword = false

    init(now: Timestamp) { self.now = now }

    /// Adds what somebody else withheld.
    mutating func add(_ text: String) { withheld.append(text) }

    /// - Parameters:
    ///   - new: As the source has it; gets back what is stricter in Postern.
    ///   - old: As it is in Postern.
    ///   - domain: What the account's domain asks for.
    mutating func withhold(
        from new: inout StoreRecord.Account, over old: StoreRecord.Account, domain: StoreRecord.PolicyRecord,
        isNewMainPassword: Bool
    ) {
        withholdSecondFactor(from: &new, over: old)
        withholdMainPassword(from: &new, over: old)
        if let since = old.disabledSince, old.disabledUntil.map({ now < $0 }) ?? true,
            new.disabledSince == nil || Self.isSooner(new.disabledUntil, than: old.disabledUntil)
        {
            withheld.append("would be enabled")
            (new.disabledSince, new.disabledUntil) = (since, old.disabledUntil)
        }
        if old.mustChange, !new.mustChange, !isNewMainPassword {
            withheld.append("would no longer have to change its main password")
            new.mustChange = true
        }
        withhold(from: &new.policy, over: old.policy, domain: domain)
        let known = Dictionary(old.appPasswords.map { ($0.id, $0) }) { first, _ in first }
        for index in new.appPasswords.indices {
            guard let one = known[new.appPasswords[index].id] else { continue }
            withhold(from: &new.appPasswords[index], over: one)
        }
    }

    private mutating func withholdSecondFactor(from new: inout StoreRecord.Account, over old: StoreRecord.Account) {
        // From TOTP to external nothing opens: what nobody can check is denied on the web.
        let off = SecondFactor.off.rawValue
        guard new.secondFactor == off, old.secondFactor != off else { return }
        withheld.append("its second factor would go off")
        new.secondFactor = old.secondFactor
        new.secondFactorSince = old.secondFactorSince
        new.sealedSeed = old.sealedSeed
        new.usedSteps = old.usedSteps
        new.recoveryCodes = old.recoveryCodes
    }

    /// It opens mail from everywhere, where an app password, limited to networks, perhaps, opened it before: that one stays then.
    private mutating func withholdMainPassword(from new: inout StoreRecord.Account, over old: StoreRecord.Account) {
        guard old.mainHash == nil, let hash = new.mainHash, !ImportedHasher.isPlaceholder(hash) else { return }
        withheld.append("would get a main password")
        hasMainPassword = true
        (new.mainHash, new.mainIsMapped) = (nil, nil)
        let live = Dictionary(
            old.appPasswords.filter { $0.revoked == nil }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for index in new.appPasswords.indices where new.appPasswords[index].revoked != nil {
            new.appPasswords[index] = live[new.appPasswords[index].id] ?? new.appPasswords[index]
        }
    }

    /// - Parameter domain: Holds where they say nothing; nothing for a domain's own policy.
    mutating func withhold(
        from new: inout StoreRecord.PolicyRecord, over old: StoreRecord.PolicyRecord,
        domain: StoreRecord.PolicyRecord = StoreRecord.PolicyRecord()
    ) {
        let flags: [(WritableKeyPath<StoreRecord.PolicyRecord, Bool?>, String)] = [
            (\.appPasswordsRequired, "app passwords"), (\.secondFactorRequired, "a second factor"),
        ]
        for (flag, name) in flags
        where old[keyPath: flag] ?? domain[keyPath: flag] ?? false
            && !(new[keyPath: flag] ?? domain[keyPath: flag] ?? false)
        {
            withheld.append("policy would no longer require \(name)")
            new[keyPath: flag] = old[keyPath: flag]
        }
        if let services = old.services ?? domain.services,
            !Set(new.services ?? domain.services ?? StoreRecord.names(.mail)).isSubset(of: services)
        {
            withheld.append("policy would allow more services")
            new.services = old.services
        }
        let limits: [(WritableKeyPath<StoreRecord.PolicyRecord, Int64?>, String)] = [
            (\.maxAge, "live longer"), (\.mostAppPasswords, "be more"),
        ]
        for (limit, what) in limits {
            let before = old[keyPath: limit] ?? domain[keyPath: limit] ?? 0
            let after = new[keyPath: limit] ?? domain[keyPath: limit] ?? 0
            guard before > 0, after == 0 || after > before else { continue }
            withheld.append("policy would let app passwords \(what)")
            new[keyPath: limit] = old[keyPath: limit]
        }
    }

    private mutating func withhold(
        from new: inout StoreRecord.AppPasswordRecord, over old: StoreRecord.AppPasswordRecord
    ) {
        if let revoked = old.revoked {
            // Not even an import undoes it; there is nothing to withhold then.
            return new.revoked = new.revoked ?? revoked
        }
        if old.disabled != nil, new.disabled == nil, !ImportedHasher.isPlaceholder(old.hash) {
            withheld.append("app password \"\(old.name)\" would be enabled")
            new.disabled = old.disabled
        }
        if !Set(new.services).isSubset(of: old.services) {
            withheld.append("app password \"\(old.name)\" would be for more services")
            new.services = old.services
        }
        if !Self.isWithin(new.networks, old.networks) {
            withheld.append("app password \"\(old.name)\" would be allowed from more networks")
            new.networks = old.networks
        }
        if Self.isSooner(old.expires, than: new.expires) {
            withheld.append("app password \"\(old.name)\" would live longer")
            new.expires = old.expires
        }
    }

    /// - Parameter networks: Empty for everywhere.
    private static func isWithin(_ networks: [String], _ allowed: [String]) -> Bool {
        if allowed.isEmpty || networks == allowed { return true }
        let allowed = allowed.compactMap { CIDR($0) }
        return !networks.isEmpty
            && networks.allSatisfy { text in CIDR(text).map { one in allowed.contains { $0.contains(one) } } ?? false }
    }

    /// - Parameter time: Nil for never.
    private static func isSooner(_ time: Timestamp?, than other: Timestamp?) -> Bool {
        guard let time else { return false }
        return other.map { time < $0 } ?? true
    }
}
