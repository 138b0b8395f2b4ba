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
        var known = marks.filter { $0.key.hasPrefix(Self.appPasswordItem) }
        let maxAge = account.appPasswords.isEmpty ? nil : try store.policyInForce(account: name).maxAge
        for one in account.appPasswords {
            let item = Self.appPasswordItem + one.item
            let parts = digests.parts(of: one, account: name)
            if let mark = known.removeValue(forKey: item), let id = mark.credential {
                ids[one.item] = id
                let differing = parts.changed(from: mark.digest)
                noteUnlessVerifiable(one, name)
                guard !differing.isEmpty else { continue }
                try change(one, id, differing, name)
                try store.setImportMark(
                    ImportMark(credential: id, digest: parts.bytes), source: source, account: name, item: item)
                changed += 1
            } else if let id = try add(one, maxAge: maxAge, name) {
                noteUnlessVerifiable(one, name)
                try store.setImportMark(
                    ImportMark(credential: id, digest: parts.bytes), source: source, account: name, item: item)
                ids[one.item] = id
                new += 1
            }
        }
        for (item, mark) in known.sorted(by: { $0.key < $1.key }) {
            try store.setImportMark(nil, source: source, account: name, item: item)
            guard let id = mark.credential else { continue }
            _ = try store.changeAppPasswords([id], .revoke, account: name) { _ in
                self.change(name, "app-password revoke", "\(id) gone there")
            }
        }
        return [
            counted(new, "app password", "app passwords"),
            counted(changed, "app password changed", "app passwords changed"),
            counted(known.count, "app password gone", "app passwords gone"),
        ].compactMap { $0 }
    }

    private func noteUnlessVerifiable(_ one: ImportedAppPassword, _ name: AccountName) {
        guard let why = hasher.whyNotVerifiable(one.hash) else { return }
        note(ImportNote(name.text, "app password \"\(one.name)\" cannot be verified here (\(why)): it is disabled"))
    }

    /// - Returns: Its id; nil if there is no room for it.
    private func add(_ one: ImportedAppPassword, maxAge: Int64?, _ name: AccountName) throws(StoreError) -> String? {
        let kept = try hasher.keep(one.hash, account: name)
        if kept.tag == nil, try !store.makeRoomForUntagged(account: name, most: Self.mostUntagged) {
            note(
                ImportNote(
                    name.text,
                    "app password \"\(one.name)\" did not come: each wrong attempt tries all imported ones that were "
                        + "never used here, and there are \(Self.mostUntagged) already; a later import may bring it"))
            return nil
        }
        let expires = maxAge.flatMap { $0 > 0 ? now.adding(seconds: $0) : nil }
        let new = NewAppPassword(
            name: one.name, scope: one.scope, networks: one.networks, expires: expires, created: one.created)
        let id = try store.addAppPassword(new, verifier: .imported(hash: kept.text, tag: kept.tag), account: name) {
            id in
            change(name, "app-password create", id)
        }
        if let id, isOff(one) { try setState(id, isOff: true, name) }
        return id
    }

    private func change(
        _ one: ImportedAppPassword, _ id: String, _ changed: [ImportDigests.AppPasswordPart], _ name: AccountName
    ) throws(StoreError) {
        if changed.contains(.content) || changed.contains(.hash) {
            let hash = changed.contains(.hash) ? try hasher.keep(one.hash, account: name) : nil
            _ = try store.changeImported(
                id, to: NewAppPassword(name: one.name, scope: one.scope, networks: one.networks), hash: hash,
                account: name, change: change(name, "app-password change", id))
        }
        if changed.contains(.state) { try setState(id, isOff: isOff(one), name) }
    }

    private func isOff(_ one: ImportedAppPassword) -> Bool {
        one.isDisabled || hasher.whyNotVerifiable(one.hash) != nil
    }

    private func setState(_ id: String, isOff: Bool, _ name: AccountName) throws(StoreError) {
        _ = try store.changeAppPasswords([id], isOff ? .disable : .enable, account: name) { _ in
            self.change(name, isOff ? "app-password disable" : "app-password enable", id)
        }
    }
}
