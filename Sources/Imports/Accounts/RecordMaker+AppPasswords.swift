import Credentials

extension RecordMaker {
    /// What an app password of a source is remembered by.
    static func item(_ id: String) -> String { appPasswordItem + id }

    private static let appPasswordItem = "app-password "
    /// Imported app passwords of one account that each wrong secret is compared with.
    private static let maxUntagged = 32

    /// Marks, by digest, of secrets that the source has under another item now: they are the same ones, whatever became of them in
    /// Postern.
    private func renumbered(of account: borrowing ImportedAccount, _ marks: [String: ImportMark]) -> [[UInt8]:
        ImportMark]
    {
        let items = Set(account.appPasswords.map { Self.item($0.item) })
        let gone = marks.filter { $0.key.hasPrefix(Self.appPasswordItem) && !items.contains($0.key) }
        return Dictionary(gone.map { ($0.value.digest, $0.value) }) { first, _ in first }
    }

    /// Revokes those that were imported from the source and are no longer in it.
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
            // One that is the main password from now on stands in its way no longer.
            if mark.digest == mainPasswordMark(of: account).digest { record.appPasswords[index].tag = Store.tagOfNone }
        }
    }

    func setAppPasswords(
        of account: borrowing ImportedAccount, _ marks: [String: ImportMark], _ extent: ImportExtent,
        _ proposal: inout ImportProposal
    ) throws(StoreError) {
        guard !account.appPasswords.isEmpty else { return }
        let policy = try store.policyInForce(account: account.name)
        var renumbered = renumbered(of: account, marks)
        var items: Set<String> = []
        for one in account.appPasswords {
            let item = Self.item(one.item)
            guard items.insert(item).inserted else {
                proposal.notes.append(
                    "two app passwords are known as \(one.item) in the source: the first one is imported")
                continue
            }
            let digest = digests.digest(of: one.hash.utf8, account: account.name.text)
            guard let mark = marks[item] ?? renumbered.removeValue(forKey: digest) else {
                // The main password may be another one in Postern by now.
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
            let isTaken = try change(one, at: index, isSameHash: mark.digest == digest, account.name, &proposal)
            if !isTaken { proposal.marks[item] = mark }
        }
    }

    /// - Returns: Its id; nil if it has to wait.
    private func add(
        _ one: ImportedAppPassword, _ policy: Policy, _ account: AccountName, _ proposal: inout ImportProposal
    ) throws(StoreError) -> String? {
        let live = proposal.record.appPasswords.count { $0.isLive(at: now) }
        if let limit = policy.mostAppPasswords, limit > 0, live >= limit {
            proposal.notes.append("app password \"\(one.name)\" was not imported: policy allows no more than \(limit)")
            return nil
        }
        let kept = try keep(one, account, &proposal)
        guard kept.tag != nil || hasRoom(for: one, &proposal) else { return nil }
        let expires = policy.maxAge.flatMap { $0 > 0 ? now.adding(seconds: $0) : nil }
        let new = NewAppPassword(
            name: one.name, scope: one.scope, networks: one.networks, expires: expires, created: one.created ?? now)
        var record = try StoreRecord.AppPasswordRecord(imported: new, hash: kept.text, tag: kept.tag, at: now)
        if one.isDisabled || ImportedHasher.isPlaceholder(kept.text) { record.disabled = now }
        proposal.record.appPasswords.append(record)
        return record.id
    }

    /// - Parameter isSameHash: As in the source the last time: then a sign-in may have upgraded it, or it waits.
    /// - Returns: False if it has to wait.
    private func change(
        _ one: ImportedAppPassword, at index: Int, isSameHash: Bool, _ account: AccountName,
        _ proposal: inout ImportProposal
    ) throws(StoreError) -> Bool {
        let old = proposal.record.appPasswords[index]
        guard old.revoked == nil else { return true }
        var new = old
        if !isSameHash || ImportedHasher.isPlaceholder(old.hash) {
            let kept = try keep(one, account, &proposal)
            guard kept.tag != nil || old.isUntagged || hasRoom(for: one, &proposal) else {
                proposal.isIncomplete = true
                return false
            }
            (new.hash, new.tag) = kept
        }
        new.name = one.name
        new.services = StoreRecord.names(one.scope)
        new.networks = one.networks.map(\.description)
        let isDisabled = one.isDisabled || ImportedHasher.isPlaceholder(new.hash)
        new.disabled = isDisabled ? old.disabled ?? now : nil
        proposal.record.appPasswords[index] = new
        return true
    }

    private func keep(_ one: ImportedAppPassword, _ account: AccountName, _ proposal: inout ImportProposal)
        throws(StoreError) -> (text: String, tag: Int64?)
    {
        let whyNot = hasher.whyNotVerifiable(one.hash)
        if let whyNot {
            proposal.notes.append("app password \"\(one.name)\" cannot be verified (\(whyNot)): it is disabled")
            proposal.isIncomplete = true
        }
        return try hasher.keep(one.hash, isVerifiable: whyNot == nil, account: account)
    }

    /// Whether one more may be without a tag, this one included; notes it if not. A revoked one makes room: it is refused as
    /// a wrong secret from then on instead of by its name.
    private func hasRoom(for one: ImportedAppPassword, _ proposal: inout ImportProposal) -> Bool {
        let untagged = proposal.record.appPasswords.indices.filter { proposal.record.appPasswords[$0].isUntagged }
        guard untagged.count >= Self.maxUntagged else { return true }
        if let revoked = untagged.first(where: { proposal.record.appPasswords[$0].revoked != nil }) {
            proposal.record.appPasswords[revoked].tag = Store.tagOfNone
            return true
        }
        proposal.notes.append(
            "app password \"\(one.name)\" was not imported: each wrong password is compared with all imported ones that "
                + "were never used in Postern, and there are \(Self.maxUntagged) already; a later import may bring it")
        return false
    }
}

extension StoreRecord.AppPasswordRecord {
    /// Whether a policy counts it.
    fileprivate func isLive(at now: Timestamp) -> Bool { revoked == nil && expires.map { now < $0 } ?? true }

    /// Whether each wrong secret is compared with it.
    fileprivate var isUntagged: Bool { kind == AppPassword.Kind.imported.rawValue && tag == nil && hash != nil }
}
