import Credentials

/// What belongs to an account one by one: aliases and app passwords.
extension AccountImporter {
    private static let aliasItem = "alias "
    private static let appPasswordItem = "app-password "

    /// - Returns: What came or went.
    func takeAliases(of account: borrowing ImportedAccount, _ marks: [String: ImportMark]) throws(StoreError)
        -> [String]
    {
        let name = account.name
        let known = Set(marks.keys.filter { $0.hasPrefix(Self.aliasItem) })
        var there: Set<String> = []
        var count = 0
        for alias in account.aliases {
            let item = Self.aliasItem + alias.text
            there.insert(item)
            guard !known.contains(item) else { continue }
            switch try store.addAlias(alias, account: name, change: change(name, "alias add", alias.text)) {
            case .done:
                try store.setImportMark(ImportMark(digest: []), source: source, account: name, item: item)
                count += 1
            case .taken, .noAccount, .notThere:
                note(ImportNote(alias.text, "an alias of \(name.text) there; here an account, or another's alias"))
            }
        }
        let gone = known.subtracting(there).sorted()
        for item in gone {
            try store.setImportMark(nil, source: source, account: name, item: item)
            guard let alias = AccountName(String(item.dropFirst(Self.aliasItem.count))) else { continue }
            _ = try store.removeAlias(alias, account: name, change: change(name, "alias remove", alias.text))
        }
        return [Self.counted(count, "alias", "aliases"), Self.counted(gone.count, "alias gone", "aliases gone")]
            .compactMap { $0 }
    }

    /// - Parameter ids: Gets the id of each app password by the source's item.
    /// - Returns: What came, changed or went.
    func takeAppPasswords(
        of account: borrowing ImportedAccount, _ marks: [String: ImportMark], _ ids: inout [String: String]
    ) throws(StoreError) -> [String] {
        let name = account.name
        var (new, changed, gone) = (0, 0, 0)
        var known = marks.filter { $0.key.hasPrefix(Self.appPasswordItem) }
        var room = known.isEmpty ? Self.mostUntagged : Self.mostUntagged - (try store.countUntagged(account: name))
        let maxAge = account.appPasswords.isEmpty ? nil : try store.policyInForce(account: name).maxAge
        for one in account.appPasswords {
            let item = Self.appPasswordItem + one.item
            let parts = digests.parts(of: one, account: name)
            if let mark = known.removeValue(forKey: item), let id = mark.credential {
                ids[one.item] = id
                guard try change(one, id, parts.changed(from: mark.digest), name) else { continue }
                try store.setImportMark(
                    ImportMark(credential: id, digest: parts.bytes), source: source, account: name, item: item)
                changed += 1
                continue
            }
            let isVerifiable = isVerifiable(one, name)
            if isVerifiable, room <= 0 {
                note(
                    ImportNote(
                        name.text,
                        "app password \"\(one.name)\" did not come: each wrong attempt tries all imported ones that were "
                            + "never used here, and there are \(Self.mostUntagged) already; a later import may bring it"
                    ))
                continue
            }
            guard let id = try add(one, isVerifiable: isVerifiable, maxAge: maxAge, name) else { continue }
            try store.setImportMark(
                ImportMark(credential: id, digest: parts.bytes), source: source, account: name, item: item)
            ids[one.item] = id
            if isVerifiable { room -= 1 }
            new += 1
        }
        for (item, mark) in known.sorted(by: { $0.key < $1.key }) {
            try store.setImportMark(nil, source: source, account: name, item: item)
            guard let id = mark.credential else { continue }
            _ = try store.changeAppPasswords([id], .revoke, account: name) { _ in
                self.change(name, "app-password revoke", "\(id) gone there")
            }
            gone += 1
        }
        return [
            Self.counted(new, "app password", "app passwords"),
            Self.counted(changed, "app password changed", "app passwords changed"),
            Self.counted(gone, "app password gone", "app passwords gone"),
        ].compactMap { $0 }
    }

    private func isVerifiable(_ one: ImportedAppPassword, _ name: AccountName) -> Bool {
        guard let why = hasher.whyNotVerifiable(one.hash) else { return true }
        note(ImportNote(name.text, "app password \"\(one.name)\" cannot be verified here (\(why)): it is disabled"))
        return false
    }

    private func add(_ one: ImportedAppPassword, isVerifiable: Bool, maxAge: Int64?, _ name: AccountName)
        throws(StoreError) -> String?
    {
        let now = change(name, "").at
        let expires = maxAge.flatMap { $0 > 0 ? now.adding(seconds: $0) : nil }
        let new = NewAppPassword(
            name: one.name, scope: one.scope, networks: one.networks, expires: expires, created: one.created)
        let kept = try hasher.keep(one.hash, isVerifiable: isVerifiable, account: name)
        let id = try store.addAppPassword(new, verifier: .imported(hash: kept.text, tag: kept.tag), account: name) {
            id in
            change(name, "app-password create", id)
        }
        if let id, one.isDisabled || !isVerifiable {
            _ = try store.changeAppPasswords([id], .disable, account: name) { _ in
                self.change(name, "app-password disable", id)
            }
        }
        return id
    }

    /// - Returns: Whether anything changed.
    private func change(
        _ one: ImportedAppPassword, _ id: String, _ changed: [ImportDigests.AppPasswordPart], _ name: AccountName
    ) throws(StoreError) -> Bool {
        guard !changed.isEmpty else { return false }
        let isVerifiable = isVerifiable(one, name)
        if changed.contains(.content) || changed.contains(.hash) {
            let hash =
                changed.contains(.hash) ? try hasher.keep(one.hash, isVerifiable: isVerifiable, account: name) : nil
            _ = try store.changeImported(
                id, to: NewAppPassword(name: one.name, scope: one.scope, networks: one.networks), hash: hash,
                account: name, change: change(name, "app-password change", id))
        }
        if changed.contains(.state) || !isVerifiable {
            let isOff = one.isDisabled || !isVerifiable
            _ = try store.changeAppPasswords([id], isOff ? .disable : .enable, account: name) { _ in
                self.change(name, isOff ? "app-password disable" : "app-password enable", id)
            }
        }
        return true
    }

    private static func counted(_ count: Int, _ one: String, _ many: String) -> String? {
        count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
    }
}
