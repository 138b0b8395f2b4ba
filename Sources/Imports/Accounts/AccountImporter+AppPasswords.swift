import Credentials

extension AccountImporter {
    /// Imported app passwords of one account that each wrong attempt would have to try.
    private static let mostUntagged = 32
    private static let appPasswordItem = "app-password "

    /// - Parameter ids: Gets the id of each app password by the source's item.
    /// - Returns: What came, changed or went.
    func takeAppPasswords(
        of account: borrowing ImportedAccount, _ marks: [String: ImportMark], _ ids: inout [String: String]
    ) throws(StoreError) -> [String] {
        let name = account.name
        var (new, changed) = (0, 0)
        var room: Int?
        let there = Set(account.appPasswords.map { Self.appPasswordItem + $0.item })
        // First, for they make room.
        let gone = marks.filter { $0.key.hasPrefix(Self.appPasswordItem) && !there.contains($0.key) }
        for (item, mark) in gone.sorted(by: { $0.key < $1.key }) {
            try store.setImportMark(nil, source: source, of: name.text, item: item)
            guard let id = mark.credential else { continue }
            _ = try store.changeAppPasswords([id], .revoke, account: name) { _ in
                self.change(name, "app-password revoke", "\(id) gone there")
            }
        }
        let maxAge = account.appPasswords.isEmpty ? nil : try store.policyInForce(account: name).maxAge
        var seen: Set<String> = []
        for one in account.appPasswords {
            guard seen.insert(one.item).inserted else {
                note(ImportNote(name.text, "two app passwords are known by \(one.item) there: the first one counts"))
                continue
            }
            let item = Self.appPasswordItem + one.item
            let parts = digests.parts(of: one, account: name)
            let whyNot = hasher.whyNotVerifiable(one.hash)
            let id: String
            var state = ImportDigests.AppPasswordState()
            if let mark = marks[item], let known = mark.credential {
                (id, state) = (known, ImportDigests.state(mark.digest))
                ids[one.item] = id
                var differing = parts.changed(from: mark.digest)
                // That it cannot be verified any more changes nothing alone: it has another hash here by now.
                if state.isUnverifiable, whyNot == nil, !differing.contains(.hash) { differing.append(.hash) }
                let done =
                    differing.isEmpty ? nil : try change(one, id, differing, whyNot, &state, &room, name)
                if differing.contains(.hash) || state.isUnverifiable, let whyNot {
                    noteUnverifiable(one, whyNot, name, isDisabled: try disabled(id, name) != nil)
                }
                guard let done else { continue }
                if done { changed += 1 }
            } else {
                if let whyNot { noteUnverifiable(one, whyNot, name, isDisabled: true) }
                guard let added = try add(one, isVerifiable: whyNot == nil, maxAge: maxAge, &room, name) else {
                    continue
                }
                id = added
                ids[one.item] = id
                state.isUnverifiable = whyNot != nil
                if one.isDisabled || state.isUnverifiable { state.closing = try close(id, keeping: nil, name) }
                new += 1
            }
            try store.setImportMark(ImportDigests.mark(id, parts, state), source: source, of: name.text, item: item)
        }
        return [
            counted(new, "app password", "app passwords"),
            counted(changed, "app password changed", "app passwords changed"),
            counted(gone.count, "app password gone", "app passwords gone"),
        ].compactMap { $0 }
    }

    private func noteUnverifiable(
        _ one: ImportedAppPassword, _ why: String, _ name: AccountName, isDisabled: Bool
    ) {
        note(
            ImportNote(
                name.text,
                "app password \"\(one.name)\" cannot be verified here (\(why))" + (isDisabled ? ": it is disabled" : "")
            ))
    }

    /// - Parameter room: How many more may wait for their first use; nil: not counted yet.
    /// - Returns: Its id; nil if there is no room for it.
    private func add(
        _ one: ImportedAppPassword, isVerifiable: Bool, maxAge: Int64?, _ room: inout Int?, _ name: AccountName
    ) throws(StoreError) -> String? {
        let kept = try hasher.keep(one.hash, isVerifiable: isVerifiable, account: name)
        if kept.tag == nil, try !hasRoom(for: one, &room, name, otherwise: "did not come") { return nil }
        let expires = maxAge.flatMap { $0 > 0 ? now.adding(seconds: $0) : nil }
        let new = NewAppPassword(
            name: one.name, scope: one.scope, networks: one.networks, expires: expires, created: one.created)
        return try store.addAppPassword(new, verifier: .imported(hash: kept.text, tag: kept.tag), account: name) { id in
            change(name, "app-password create", id)
        }
    }

    /// Whether one more may wait for its first use; it is noted if not.
    private func hasRoom(
        for one: ImportedAppPassword, _ room: inout Int?, _ name: AccountName, otherwise: String
    ) throws(StoreError) -> Bool {
        if room == nil { room = Self.mostUntagged - (try store.countUntagged(account: name)) }
        let left = room ?? 0
        room = left - 1
        if left > 0 { return true }
        if try store.forgetRevokedUntagged(account: name) { return true }
        note(
            ImportNote(
                name.text,
                "app password \"\(one.name)\" \(otherwise): each wrong attempt tries all imported ones that "
                    + "were never used here, and there are \(Self.mostUntagged) already; a later import may "
                    + "bring it"))
        return false
    }

    /// - Parameters:
    ///   - whyNot: Why its hash, if that changed, cannot be verified.
    ///   - state: As the last import left it, and as this one does.
    /// - Returns: Whether anything changed here; nil if there is no room for it.
    private func change(
        _ one: ImportedAppPassword, _ id: String, _ changed: [ImportDigests.AppPasswordPart], _ whyNot: String?,
        _ state: inout ImportDigests.AppPasswordState, _ room: inout Int?, _ name: AccountName
    ) throws(StoreError) -> Bool? {
        var hash: (text: String, tag: Int64?)?
        if changed.contains(.hash) {
            var isVerifiable = whyNot == nil
            var kept = try hasher.keep(one.hash, isVerifiable: isVerifiable, account: name)
            if kept.tag == nil, try !store.isUntagged(id, account: name),
                try !hasRoom(for: one, &room, name, otherwise: state.isUnverifiable ? "waits" : "waits, disabled")
            {
                if state.isUnverifiable { return nil }
                isVerifiable = false
                kept = try hasher.keep(one.hash, isVerifiable: false, account: name)
            }
            hash = kept
            state.isUnverifiable = !isVerifiable
        }
        var isDone = hash != nil || changed.contains(.content)
        if isDone {
            _ = try store.changeImported(
                id, to: NewAppPassword(name: one.name, scope: one.scope, networks: one.networks), hash: hash,
                account: name, change: change(name, "app-password change", id))
        }
        let here = try store.appPassword(id: id, account: name)
        let (since, isRevoked) = (here?.disabled, here?.revoked != nil)
        // As with an account: what was a reason before says nothing about who enabled it here since.
        if changed.contains(.state) && one.isDisabled || hash != nil && state.isUnverifiable {
            state.closing = try close(id, keeping: state.closing, name)
            if since == nil, !isRevoked { isDone = true }
        } else if changed.contains(.state) || hash != nil, !one.isDisabled, !state.isUnverifiable {
            if let closing = state.closing, closing.isOwn(since, until: nil) {
                try setState(id, isOff: false, name)
                if !isRevoked { isDone = true }
            } else if since != nil, state.closing != nil || changed.contains(.state) {
                note(ImportNote(name.text, "app password \"\(one.name)\" was disabled here: stays so"))
            }
            state.closing = nil
        }
        return isDone
    }

    private func close(_ id: String, keeping before: Closing?, _ name: AccountName) throws(StoreError) -> Closing {
        if let since = try disabled(id, name) { return Closing.found(since, until: nil, keeping: before) }
        try setState(id, isOff: true, name)
        return Closing(since: try disabled(id, name), until: nil)
    }

    private func disabled(_ id: String, _ name: AccountName) throws(StoreError) -> Timestamp? {
        try store.appPassword(id: id, account: name)?.disabled
    }

    private func setState(_ id: String, isOff: Bool, _ name: AccountName) throws(StoreError) {
        _ = try store.changeAppPasswords([id], isOff ? .disable : .enable, account: name) { _ in
            self.change(name, isOff ? "app-password disable" : "app-password enable", id)
        }
    }
}
