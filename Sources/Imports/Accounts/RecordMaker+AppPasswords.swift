import Credentials

extension RecordMaker {
    /// Returns the item of the mark of an app password with this id in the source.
    static func item(_ id: String) -> String { appPasswordItem + id }

    private static let appPasswordItem = "app-password "
    /// Imported app passwords without a tag that an account may have: each wrong secret is compared with all of them.
    private static let maxUntagged = 32

    /// Returns, by digest, the marks of app passwords that may have another id in the source now: with the same secret,
    /// they are the same app passwords, whatever happened to them in Postern.
    private func findRenumbered(of account: borrowing ImportedAccount, _ marks: [String: ImportMark]) -> [[UInt8]:
        ImportMark]
    {
        let items = Set(account.appPasswords.map { Self.item($0.item) })
        let missing = marks.filter { $0.key.hasPrefix(Self.appPasswordItem) && !items.contains($0.key) }
        return Dictionary(missing.map { ($0.value.digest, $0.value) }) { first, _ in first }
    }

    /// Revokes app passwords that were imported from the source and are missing in it now.
    func revokeMissing(
        of account: borrowing ImportedAccount, _ marks: [String: ImportMark], _ record: inout StoreRecord.Account
    ) {
        let items = Set(account.appPasswords.map { Self.item($0.item) })
        let new = Set(
            account.appPasswords.filter { marks[Self.item($0.item)] == nil }
                .map { digests.digest(of: $0.hash.utf8, account: account.name.text) })
        for (item, mark) in marks where item.hasPrefix(Self.appPasswordItem) && !items.contains(item) {
            guard !new.contains(mark.digest) || mark.digest == mainPasswordMark(of: account).digest else { continue }
            guard let index = record.appPasswords.firstIndex(where: { $0.id == mark.credential }),
                record.appPasswords[index].revoked == nil
            else { continue }
            record.appPasswords[index].revoked = now
            // Its secret is the main password now, which must not be refused as a revoked app password.
            if mark.digest == mainPasswordMark(of: account).digest { record.appPasswords[index].tag = Store.tagOfNone }
        }
    }

    func setAppPasswords(
        of account: borrowing ImportedAccount, _ marks: [String: ImportMark], _ extent: ImportExtent,
        _ proposal: inout ImportProposal
    ) throws(StoreError) {
        guard !account.appPasswords.isEmpty else { return }
        let policy = try store.policyInForce(account: account.name)
        var renumbered = findRenumbered(of: account, marks)
        var items: Set<String> = []
        for one in account.appPasswords {
            let item = Self.item(one.item)
            guard items.insert(item).inserted else {
                proposal.notes.append(
                    "two app passwords have the id \(one.item) in the source: the first one is imported")
                continue
            }
            let digest = digests.digest(of: one.hash.utf8, account: account.name.text)
            guard let mark = marks[item] ?? renumbered.removeValue(forKey: digest) else {
                // The main password may have been changed in Postern.
                if one.isMainPassword, extent != .whole { continue }
                if one.isMainPassword { proposal.mainPasswordItems.append(item) }
                let id = try add(one, policy, account.name, &proposal)
                if let id { proposal.marks[item] = ImportMark(credential: id, digest: digest) }
                if id == nil { proposal.isIncomplete = true }
                continue
            }
            if extent == .newAppPasswords {
                proposal.marks[item] = mark
                continue
            }
            proposal.marks[item] = ImportMark(credential: mark.credential, digest: digest)
            guard extent == .whole,
                let index = proposal.record.appPasswords.firstIndex(where: { $0.id == mark.credential })
            else { continue }
            let isChanged = try change(one, at: index, isSameHash: mark.digest == digest, account.name, &proposal)
            if !isChanged { proposal.marks[item] = mark }
        }
    }

    /// Adds a new app password to the record.
    ///
    /// - Returns: Its id; nil if it cannot be added now.
    private func add(
        _ one: ImportedAppPassword, _ policy: Policy, _ account: AccountName, _ proposal: inout ImportProposal
    ) throws(StoreError) -> String? {
        let live = proposal.record.appPasswords.count { $0.isLive(at: now) }
        if let limit = policy.liveLimit, live >= limit {
            proposal.notes.append("app password \"\(one.name)\" was not imported: policy allows no more than \(limit)")
            return nil
        }
        let converted = try convert(one, account, &proposal)
        guard converted.tag != nil || hasRoom(for: one, &proposal) else { return nil }
        let new = NewAppPassword(
            name: one.name, scope: one.scope, networks: one.networks, expires: policy.latestEnd(from: now),
            created: one.created ?? now)
        var record = try StoreRecord.AppPasswordRecord(imported: new, hash: converted.text, tag: converted.tag, at: now)
        if one.isDisabled || ImportedHasher.isPlaceholder(converted.text) { record.disabled = now }
        proposal.record.appPasswords.append(record)
        return record.id
    }

    /// Makes an app password of the record as the source has it.
    ///
    /// - Parameter isSameHash: Whether the hash did not change in the source. Then it stays as it is in Postern, where
    ///   a sign-in may have upgraded it, unless it is a placeholder.
    /// - Returns: False if it cannot be changed now.
    private func change(
        _ one: ImportedAppPassword, at index: Int, isSameHash: Bool, _ account: AccountName,
        _ proposal: inout ImportProposal
    ) throws(StoreError) -> Bool {
        let old = proposal.record.appPasswords[index]
        guard old.revoked == nil else { return true }
        var new = old
        if !isSameHash || ImportedHasher.isPlaceholder(old.hash) {
            let converted = try convert(one, account, &proposal)
            guard converted.tag != nil || old.isUntagged || hasRoom(for: one, &proposal) else {
                proposal.isIncomplete = true
                return false
            }
            (new.hash, new.tag) = converted
        }
        new.name = one.name
        new.services = StoreRecord.names(one.scope)
        new.networks = one.networks.map(\.description)
        let isDisabled = one.isDisabled || ImportedHasher.isPlaceholder(new.hash)
        new.disabled = isDisabled ? old.disabled ?? now : nil
        proposal.record.appPasswords[index] = new
        return true
    }

    private func convert(_ one: ImportedAppPassword, _ account: AccountName, _ proposal: inout ImportProposal)
        throws(StoreError) -> (text: String, tag: Int64?)
    {
        let whyNot = hasher.whyNotVerifiable(one.hash)
        if let whyNot {
            proposal.notes.append("app password \"\(one.name)\" cannot be verified (\(whyNot)): it is disabled")
            proposal.isIncomplete = true
        }
        return try hasher.convertAppPassword(one.hash, isVerifiable: whyNot == nil, account: account)
    }

    /// Whether the record may have one more app password without a tag; adds a note if not. A revoked one makes room:
    /// it gets the tag that no secret has, and is refused as a wrong secret from then on instead of as revoked.
    private func hasRoom(for one: ImportedAppPassword, _ proposal: inout ImportProposal) -> Bool {
        let untagged = proposal.record.appPasswords.indices.filter { proposal.record.appPasswords[$0].isUntagged }
        guard untagged.count >= Self.maxUntagged else { return true }
        if let revoked = untagged.first(where: { proposal.record.appPasswords[$0].revoked != nil }) {
            proposal.record.appPasswords[revoked].tag = Store.tagOfNone
            return true
        }
        proposal.notes.append(
            "app password \"\(one.name)\" was not imported: each wrong password is compared with all imported app "
                + "passwords that were never used in Postern, and there are \(Self.maxUntagged) already; a later "
                + "import may add it")
        return false
    }
}

extension StoreRecord.AppPasswordRecord {
    /// Whether policy counts it.
    fileprivate func isLive(at now: Timestamp) -> Bool { revoked == nil && expires.map { now < $0 } ?? true }

    /// Whether each wrong secret is compared with it.
    fileprivate var isUntagged: Bool { kind == AppPassword.Kind.imported.rawValue && tag == nil && hash != nil }
}
