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
            var isUnverifiable = whyNot != nil
            let id: String
            if let mark = marks[item], let known = mark.credential {
                id = known
                ids[one.item] = id
                let waited = ImportDigests.isUnverifiable(mark.digest)
                var differing = parts.changed(from: mark.digest)
                if waited, whyNot == nil, !differing.contains(.hash) { differing.append(.hash) }
                // That it cannot be verified any more changes nothing alone: it has another hash here by now.
                if !differing.contains(.hash) { isUnverifiable = waited }
                if isUnverifiable, let whyNot { noteUnverifiable(one, whyNot, name) }
                guard !differing.isEmpty else { continue }
                try change(one, id, differing, isUnverifiable: isUnverifiable, waited: waited, name)
                changed += 1
            } else {
                if let whyNot { noteUnverifiable(one, whyNot, name) }
                guard let added = try add(one, isVerifiable: whyNot == nil, maxAge: maxAge, &room, name) else {
                    continue
                }
                id = added
                ids[one.item] = id
                new += 1
            }
            try store.setImportMark(
                ImportMark(credential: id, digest: ImportDigests.mark(parts, unverifiable: isUnverifiable)),
                source: source, of: name.text, item: item)
        }
        return [
            counted(new, "app password", "app passwords"),
            counted(changed, "app password changed", "app passwords changed"),
            counted(gone.count, "app password gone", "app passwords gone"),
        ].compactMap { $0 }
    }

    private func noteUnverifiable(_ one: ImportedAppPassword, _ why: String, _ name: AccountName) {
        note(ImportNote(name.text, "app password \"\(one.name)\" cannot be verified here (\(why)): it is disabled"))
    }

    /// - Parameter room: How many more may wait for their first use; nil: not counted yet.
    /// - Returns: Its id; nil if there is no room for it.
    private func add(
        _ one: ImportedAppPassword, isVerifiable: Bool, maxAge: Int64?, _ room: inout Int?, _ name: AccountName
    ) throws(StoreError) -> String? {
        let kept = try hasher.keep(one.hash, isVerifiable: isVerifiable, account: name)
        if kept.tag == nil {
            if room == nil { room = Self.mostUntagged - (try store.countUntagged(account: name)) }
            let hasRoom = room.map { $0 > 0 } ?? false
            room = room.map { $0 - 1 }
            if !hasRoom, try !store.forgetRevokedUntagged(account: name) {
                note(
                    ImportNote(
                        name.text,
                        "app password \"\(one.name)\" did not come: each wrong attempt tries all imported ones that "
                            + "were never used here, and there are \(Self.mostUntagged) already; a later import may "
                            + "bring it"))
                return nil
            }
        }
        let expires = maxAge.flatMap { $0 > 0 ? now.adding(seconds: $0) : nil }
        let new = NewAppPassword(
            name: one.name, scope: one.scope, networks: one.networks, expires: expires, created: one.created)
        let id = try store.addAppPassword(new, verifier: .imported(hash: kept.text, tag: kept.tag), account: name) {
            id in
            change(name, "app-password create", id)
        }
        if let id, one.isDisabled || !isVerifiable { try setState(id, isOff: true, name) }
        return id
    }

    /// - Parameter waited: Whether it could not be verified until now.
    private func change(
        _ one: ImportedAppPassword, _ id: String, _ changed: [ImportDigests.AppPasswordPart], isUnverifiable: Bool,
        waited: Bool, _ name: AccountName
    ) throws(StoreError) {
        if changed.contains(.content) || changed.contains(.hash) {
            let hash =
                changed.contains(.hash)
                ? try hasher.keep(one.hash, isVerifiable: !isUnverifiable, account: name) : nil
            _ = try store.changeImported(
                id, to: NewAppPassword(name: one.name, scope: one.scope, networks: one.networks), hash: hash,
                account: name, change: change(name, "app-password change", id))
        }
        if changed.contains(.state) || isUnverifiable != waited {
            try setState(id, isOff: one.isDisabled || isUnverifiable, name)
        }
    }

    private func setState(_ id: String, isOff: Bool, _ name: AccountName) throws(StoreError) {
        _ = try store.changeAppPasswords([id], isOff ? .disable : .enable, account: name) { _ in
            self.change(name, isOff ? "app-password disable" : "app-password enable", id)
        }
    }
}
