import Bytes
package import Credentials

/// Brings accounts of another system into the store: new ones, and what changed there since the last time. What was changed
/// here and not there stays as it is.
package struct AccountImporter {
    /// Imported app passwords of one account that each wrong attempt would have to try.
    static let mostUntagged = 32

    package enum Outcome: String, Sendable, CaseIterable {
        case new, changed, unchanged
        /// Not from this source, or removed here: left as it is.
        case kept
    }

    /// What became of an account.
    package struct Entry: Sendable {
        package let account: AccountName
        package let outcome: Outcome
        /// What came: "main password BLF-CRYPT, TOTP, 3 app passwords".
        package let content: [String]
    }

    let source: String
    let store: Store
    let keys: Keys
    let digests: ImportDigests
    let hasher: ImportedHasher
    let makeChange: (_ subject: String, _ action: String, _ detail: String) -> Change
    let note: (ImportNote) -> Void
    private let enter: (Entry) -> Void
    private var seen: Set<String> = []

    /// - Parameters:
    ///   - source: `ImportSource.name`.
    ///   - makeChange: Makes an entry for the change record.
    ///   - enter: Told of each account.
    ///   - note: Told of what did not come, or not as it was.
    package init(
        source: String, store: Store, keys: Keys, hasher: ImportedHasher,
        makeChange: @escaping (_ subject: String, _ action: String, _ detail: String) -> Change,
        enter: @escaping (Entry) -> Void, note: @escaping (ImportNote) -> Void
    ) {
        self.source = source
        self.store = store
        self.keys = keys
        self.hasher = hasher
        self.makeChange = makeChange
        self.enter = enter
        self.note = note
        digests = ImportDigests(keys)
    }

    /// Brings one account.
    package mutating func take(_ account: consuming ImportedAccount) throws(StoreError) {
        let name = account.name
        guard seen.insert(name.text).inserted else {
            return note(ImportNote(name.text, "a second account of this name: the first one counts"))
        }
        account.notes.forEach(note)
        let marks = try store.importMarks(source: source, account: name)
        let isHere = try store.account(name) != nil
        guard isHere == (marks[""] != nil) else {
            note(
                ImportNote(
                    name.text,
                    isHere ? "is here already, and not from this source: left as it is" : "was removed here: stays so"))
            return enter(Entry(account: name, outcome: .kept, content: []))
        }
        checkMainHash(&account)
        var content: [String]
        if isHere {
            content = try changeAccount(account, from: marks[""]?.digest ?? [])
        } else {
            guard try addAccount(account) else {
                note(ImportNote(name.text, "is an alias of another account here: it did not come"))
                return enter(Entry(account: name, outcome: .kept, content: []))
            }
            content = describe(account)
        }
        content += try takeAliases(of: account, marks)
        var ids: [String: String] = [:]
        content += try takeAppPasswords(of: account, marks, &ids)
        for use in account.uses {
            guard let credential = use.item.map({ ids[$0] }) ?? Store.mainCredential else { continue }
            try store.addUse(
                account: name, credential: credential, service: use.service, network: Network(of: use.address),
                at: use.at)
        }
        enter(Entry(account: name, outcome: !isHere ? .new : content.isEmpty ? .unchanged : .changed, content: content))
    }

    /// Accounts that came before and are gone there: they are disabled, for removing cannot be taken back.
    package func finish() throws(StoreError) {
        for (name, mark) in try store.importedAccounts(source: source) {
            guard !seen.contains(name.text), !mark.digest.isEmpty else { continue }
            try store.setImportMark(ImportMark(digest: []), source: source, account: name, item: "")
            guard try store.disable(name, until: nil, change: change(name, "account disable", "gone there")) else {
                continue
            }
            note(ImportNote(name.text, "is gone from the source: disabled"))
            enter(Entry(account: name, outcome: .changed, content: ["disabled"]))
        }
    }

    // MARK: Accounts

    private func checkMainHash(_ account: inout ImportedAccount) {
        guard let stored = account.mainHash else { return }
        if let why = hasher.whyNotVerifiable(stored) {
            account.isDisabled = true
            note(ImportNote(account.name.text, "its main password cannot be verified here (\(why)): it is disabled"))
        }
    }

    /// False if the name is taken by an alias.
    private func addAccount(_ account: borrowing ImportedAccount) throws(StoreError) -> Bool {
        let name = account.name
        let hash = try account.mainHash.map { stored throws(StoreError) in try hasher.keep(stored) }
        guard
            try store.addAccount(
                name, mainHash: hash, mailbox: account.mailbox, change: change(name, "account add"))
        else { return false }
        if account.isDisabled { try setDisabled(true, name) }
        if account.mustChange { try setMustChange(true, name) }
        if account.policy != Policy() { try setPolicy(account.policy, name) }
        if account.secondFactor != .off { try setSecondFactor(of: account) }
        try mark(account)
        return true
    }

    /// - Returns: What changed.
    private func changeAccount(_ account: borrowing ImportedAccount, from old: [UInt8]) throws(StoreError) -> [String] {
        let name = account.name
        let changed = digests.parts(of: account).changed(from: old)
        guard !changed.isEmpty else { return [] }
        if changed.contains(.mainPassword) {
            let hash = try account.mainHash.map { stored throws(StoreError) in try hasher.keep(stored) }
            _ = try store.setMainHash(hash, account: name, change: change(name, "account password"))
        }
        if changed.contains(.state) {
            try setDisabled(account.isDisabled, name)
            try setMustChange(account.mustChange, name)
        }
        if changed.contains(.secondFactor) { try setSecondFactor(of: account) }
        if changed.contains(.policy) { try setPolicy(account.policy, name) }
        if changed.contains(.mailbox) {
            _ = try store.setMailbox(account.mailbox, account: name, change: change(name, "account mailbox"))
        }
        try mark(account)
        return changed.map(\.rawValue)
    }

    private func mark(_ account: borrowing ImportedAccount) throws(StoreError) {
        try store.setImportMark(
            ImportMark(digest: digests.parts(of: account).bytes), source: source, account: account.name, item: "")
    }

    private func setDisabled(_ isDisabled: Bool, _ name: AccountName) throws(StoreError) {
        _ =
            isDisabled
            ? try store.disable(name, until: nil, change: change(name, "account disable"))
            : try store.enable(name, change: change(name, "account enable"))
    }

    private func setMustChange(_ must: Bool, _ name: AccountName) throws(StoreError) {
        _ = try store.setMustChange(
            must, account: name, change: change(name, "account must-change", must ? "on" : "off"))
    }

    private func setPolicy(_ policy: Policy, _ name: AccountName) throws(StoreError) {
        _ = try store.setPolicy(
            PolicyChange(policy, unsaid: [.appPasswords, .services]), account: name,
            change: change(name, "account policy"))
    }

    private func setSecondFactor(of account: borrowing ImportedAccount) throws(StoreError) {
        let name = account.name
        switch account.secondFactor {
        case .off: _ = try store.removeSecondFactor(account: name, change: change(name, "second-factor remove"))
        case .external:
            _ = try store.setExternalSecondFactor(
                true, account: name, change: change(name, "second-factor external", "on"))
        case .totp:
            _ = try store.enrolTOTP(
                account: name, seed: account.seed, keys: keys, change: change(name, "second-factor enroll"))
        }
    }

    private func describe(_ account: borrowing ImportedAccount) -> [String] {
        var content: [String] = []
        if let hash = account.mainHash { content.append("main password \(PasswordHash.scheme(of: hash))") }
        switch account.secondFactor {
        case .off: break
        case .external: content.append("second factor external")
        case .totp: content.append("TOTP")
        }
        if account.isDisabled { content.append("disabled") }
        if account.mustChange { content.append("must change") }
        if account.policy != Policy() { content.append("policy") }
        return content
    }

    func change(_ name: AccountName, _ action: String, _ detail: String = "") -> Change {
        makeChange(
            name.text, action, ["imported from \(source)", detail].filter { !$0.isEmpty }.joined(separator: ": "))
    }
}
