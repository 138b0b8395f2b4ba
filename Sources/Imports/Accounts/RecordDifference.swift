import Credentials

extension StoreRecord.Account {
    /// Returns what an import changes, for the report and the change record, as in "main password", "TOTP", "2 app
    /// passwords".
    ///
    /// - Parameter old: The account as it is in Postern; nil if it is new.
    func difference(from old: Self?, isNewMainPassword: Bool) -> [String] {
        var parts: [String] = []
        if isNewMainPassword || old == nil {
            if let mainHash {
                parts.append("main password" + (old == nil ? " \(PasswordHash.scheme(of: mainHash))" : ""))
            } else if old != nil {
                parts.append("no main password")
            }
        }
        if secondFactor != old?.secondFactor ?? SecondFactor.off.rawValue || sealedSeed != old?.sealedSeed {
            parts.append(secondFactor == SecondFactor.totp.rawValue ? "TOTP" : "second factor \(secondFactor)")
        }
        if Set(recoveryCodes.map(\.verifier)) != Set((old?.recoveryCodes ?? []).map(\.verifier)), old != nil {
            parts.append("recovery codes")
        }
        let wasDisabled = old?.disabledSince != nil
        if (disabledSince != nil) != wasDisabled || disabledUntil != old?.disabledUntil {
            parts.append(disabledSince == nil ? "enabled" : disabledUntil == nil ? "disabled" : "disabled for a time")
        }
        if mustChange != old?.mustChange ?? false {
            parts.append(mustChange ? "must change password" : "need not change password")
        }
        if policy != old?.policy ?? StoreRecord.PolicyRecord() { parts.append("policy") }
        let isMoved =
            mailUID != old?.mailUID || mailGID != old?.mailGID || mailHome != old?.mailHome
            || mailFields != old?.mailFields
        if isMoved, old != nil { parts.append("mailbox") }
        parts += appPasswordParts(old?.appPasswords ?? [])
        let (aliases, before) = (Set(aliases), Set(old?.aliases ?? []))
        parts += [
            Self.count(aliases.subtracting(before).count, "alias", "aliases"),
            Self.count(before.subtracting(aliases).count, "alias removed", "aliases removed"),
        ].compactMap { $0 }
        return parts
    }

    private func appPasswordParts(_ old: [StoreRecord.AppPasswordRecord]) -> [String] {
        let known = Dictionary(old.map { ($0.id, $0) }) { first, _ in first }
        var (added, changed, revoked) = (0, 0, 0)
        for one in appPasswords {
            guard let before = known[one.id] else {
                added += 1
                continue
            }
            if one.revoked != nil, before.revoked == nil {
                revoked += 1
            } else if one != before {
                changed += 1
            }
        }
        return [
            Self.count(added, "app password", "app passwords"),
            Self.count(changed, "app password changed", "app passwords changed"),
            Self.count(revoked, "app password revoked", "app passwords revoked"),
        ].compactMap { $0 }
    }

    /// Returns a number with its noun, as in "3 aliases"; nil for 0.
    private static func count(_ number: Int, _ one: String, _ many: String) -> String? {
        number == 0 ? nil : "\(number) \(number == 1 ? one : many)"
    }
}
