import Credentials

/// Withholds changes of an import that would make an account, an app password or a policy less protected.
struct Loosening {
    let now: Timestamp
    /// The withheld changes, in words.
    private(set) var withheld: [String] = []
    /// Whether a main password was withheld from an account that had none.
    private(set) var hasMainPassword = false

    init(now: Timestamp) { self.now = now }

    /// Adds a change that the caller withheld.
    mutating func add(_ text: String) { withheld.append(text) }

    /// Withholds the changes of an account that would loosen its protection.
    ///
    /// - Parameters:
    ///   - new: The account as the source has it. What is stricter in Postern is put back into it.
    ///   - old: The account as it is in Postern.
    ///   - domain: The policy of the account's domain.
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
        // From TOTP to external is no loosening: a second factor that Postern cannot check is denied on the web.
        let off = SecondFactor.off.rawValue
        guard new.secondFactor == off, old.secondFactor != off else { return }
        withheld.append("its second factor would be switched off")
        new.secondFactor = old.secondFactor
        new.secondFactorSince = old.secondFactorSince
        new.sealedSeed = old.sealedSeed
        new.usedSteps = old.usedSteps
        new.recoveryCodes = old.recoveryCodes
    }

    /// Withholds a main password from an account that had none: it would be accepted for mail from everywhere, where
    /// before perhaps only an app password limited to networks was. App passwords that were valid stay valid then.
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

    /// Withholds the changes of a policy that would loosen it.
    ///
    /// - Parameter domain: The policy that holds where they say nothing; empty for a domain's own policy.
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
            (\.maxAge, "let app passwords live longer"), (\.maxAppPasswords, "allow more app passwords"),
        ]
        for (limit, what) in limits {
            let before = old[keyPath: limit] ?? domain[keyPath: limit] ?? 0
            let after = new[keyPath: limit] ?? domain[keyPath: limit] ?? 0
            guard before > 0, after == 0 || after > before else { continue }
            withheld.append("policy would \(what)")
            new[keyPath: limit] = old[keyPath: limit]
        }
    }

    private mutating func withhold(
        from new: inout StoreRecord.AppPasswordRecord, over old: StoreRecord.AppPasswordRecord
    ) {
        if let revoked = old.revoked {
            // Revocation cannot be undone, not even by an import, so nothing else can loosen.
            return new.revoked = new.revoked ?? revoked
        }
        if old.disabled != nil, new.disabled == nil, !ImportedHasher.isPlaceholder(old.hash) {
            withheld.append("app password \"\(old.name)\" would be enabled")
            new.disabled = old.disabled
        }
        if !Set(new.services).isSubset(of: old.services) {
            withheld.append("app password \"\(old.name)\" would be allowed for more services")
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

    /// Whether all networks are within allowed ones; either is empty for all networks.
    private static func isWithin(_ networks: [String], _ allowed: [String]) -> Bool {
        if allowed.isEmpty || networks == allowed { return true }
        let allowed = allowed.compactMap { CIDR($0) }
        return !networks.isEmpty
            && networks.allSatisfy { text in CIDR(text).map { one in allowed.contains { $0.contains(one) } } ?? false }
    }

    /// Whether a time is before another; nil means never.
    private static func isSooner(_ time: Timestamp?, than other: Timestamp?) -> Bool {
        guard let time else { return false }
        return other.map { time < $0 } ?? true
    }
}
