import Bytes
package import Credentials

/// Brings accounts of another system into the store: new ones, and what changed there since the last time. What was changed
/// here and not there stays as it is.
package struct AccountImporter {
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

    static let secondOfAName = "a second account of this name: the first one counts"

    let source: String
    let store: Store
    let keys: Keys
    let digests: ImportDigests
    let hasher: ImportedHasher
    let now: Timestamp
    let makeChange: (_ subject: String, _ action: String, _ detail: String) -> Change
    let note: (ImportNote) -> Void
    private let enter: (Entry) -> Void
    private var seen: Set<String> = []
    private var added = 0
    /// They come last: who had one before must have lost it.
    var newAliases: [(alias: AccountName, account: AccountName)] = []

    /// - Parameters:
    ///   - source: `ImportSource.name`.
    ///   - makeChange: Makes an entry for the change record.
    ///   - enter: Told of each account.
    ///   - note: Told of what did not come, or not as it was.
    package init(
        source: String, store: Store, keys: Keys, hasher: ImportedHasher, now: Timestamp,
        makeChange: @escaping (_ subject: String, _ action: String, _ detail: String) -> Change,
        enter: @escaping (Entry) -> Void, note: @escaping (ImportNote) -> Void
    ) {
        self.source = source
        self.store = store
        self.keys = keys
        self.hasher = hasher
        self.now = now
        self.makeChange = makeChange
        self.enter = enter
        self.note = note
        digests = ImportDigests(keys)
    }

    /// Brings one account.
    package mutating func take(_ account: consuming ImportedAccount) throws(StoreError) {
        let name = account.name
        guard seen.insert(name.text).inserted else {
            return note(ImportNote(name.text, Self.secondOfAName))
        }
        account.notes.forEach(note)
        let marks = try store.importMarks(source: source, of: name.text)
        let isHere = try store.account(name) != nil
        guard isHere == (marks[""] != nil) else {
            note(
                ImportNote(
                    name.text,
                    isHere ? "is here already, and not from this source: left as it is" : "was removed here: stays so"))
            return enter(Entry(account: name, outcome: .kept, content: []))
        }
        let isVerifiable = checkMainHash(&account)
        let digest = digests.parts(of: account, isVerifiable: isVerifiable)
        var content: [String]
        if let mark = marks[""] {
            content = try changeAccount(account, digest, mark.digest, isVerifiable: isVerifiable)
        } else {
            if let holder = try store.holder(ofAlias: name) {
                // There it is no alias any more.
                let item = Self.aliasItem + name.text
                if try store.importMarks(source: source, of: holder.text)[item] != nil {
                    try removeAlias(item, of: holder)
                }
            }
            guard try addAccount(account, digest, isVerifiable: isVerifiable) else {
                note(ImportNote(name.text, "is an alias of another account here: it did not come"))
                return enter(Entry(account: name, outcome: .kept, content: []))
            }
            added += 1
            content = describe(account)
        }
        content += try takeAliases(of: account, marks)
        var ids: [String: String] = [:]
        content += try takeAppPasswords(of: account, marks, &ids)
        try addUses(of: account, ids)
        enter(Entry(account: name, outcome: !isHere ? .new : content.isEmpty ? .unchanged : .changed, content: content))
    }

    private func addUses(of account: borrowing ImportedAccount, _ ids: [String: String]) throws(StoreError) {
        for use in account.uses {
            guard let credential = use.item.map({ ids[$0] }) ?? Store.mainCredential else { continue }
            try store.addUse(
                account: account.name, credential: credential, service: use.service,
                network: Network(of: use.address), at: use.at)
        }
    }

    /// Ends the import: what waited for the last account, and accounts that came before and are gone there. These are
    /// disabled, for removing cannot be taken back.
    package func finish() throws(SourceError) {
        let (gone, known) = try storing { () throws(StoreError) in try self.gone() }
        try GoneAccounts.expectFew(gone.count, of: known, source: source)
        try storing { () throws(StoreError) in
            for (name, mark) in gone { try disableGone(name, mark) }
            for (alias, account) in newAliases { try add(alias, to: account) }
        }
    }

    /// Accounts that came before and did not come now, and how many ever came before.
    private func gone() throws(StoreError) -> ([(name: AccountName, mark: ImportMark)], known: Int) {
        let known = try store.importedAccounts(source: source)
        var gone: [(name: AccountName, mark: ImportMark)] = []
        for one in known where !seen.contains(one.name.text) && !ImportDigests.isGone(one.mark.digest) {
            if try store.account(one.name) != nil { gone.append(one) }
        }
        return (gone, known.count - added)
    }

    private func disableGone(_ name: AccountName, _ mark: ImportMark) throws(StoreError) {
        let here = try store.account(name)
        let wasDisabled = here?.isDisabled(at: now) ?? true
        try store.setImportMark(
            ImportMark(digest: ImportDigests.gone(mark.digest, wasDisabled: wasDisabled)), source: source,
            of: name.text, item: "")
        for (item, _) in try store.importMarks(source: source, of: name.text) { try removeAlias(item, of: name) }
        // One that would end by itself does not do.
        if !wasDisabled || here?.disabledUntil != nil {
            _ = try store.disable(name, until: nil, change: change(name, "account disable", "gone there"))
        }
        note(ImportNote(name.text, "is gone from the source: disabled"))
        enter(Entry(account: name, outcome: .changed, content: ["disabled"]))
    }

    // MARK: Accounts

    /// - Returns: Whether it can be verified.
    private func checkMainHash(_ account: inout ImportedAccount) -> Bool {
        guard let stored = account.mainHash, let why = hasher.whyNotVerifiable(stored) else { return true }
        account.isDisabled = true
        note(ImportNote(account.name.text, "its main password cannot be verified here (\(why)): it is disabled"))
        return false
    }

    /// False if the name is taken by an alias.
    private func addAccount(
        _ account: borrowing ImportedAccount, _ digest: ImportDigests.Parts<ImportDigests.AccountPart>,
        isVerifiable: Bool
    ) throws(StoreError) -> Bool {
        let name = account.name
        let hash = try mainHash(of: account, isVerifiable: isVerifiable)
        guard
            try store.addAccount(
                name, mainHash: hash, mailbox: account.mailbox, change: change(name, "account add"))
        else { return false }
        if account.isDisabled { try setDisabled(true, name) }
        if account.mustChange { try setMustChange(true, name) }
        if account.policy != Policy() { try setPolicy(account.policy, [.appPasswords, .services], name) }
        if account.secondFactor != .off { try setSecondFactor(of: account) }
        try mark(name, digest)
        return true
    }

    /// - Returns: What changed.
    private func changeAccount(
        _ account: borrowing ImportedAccount, _ digest: ImportDigests.Parts<ImportDigests.AccountPart>,
        _ old: [UInt8], isVerifiable: Bool
    ) throws(StoreError) -> [String] {
        let name = account.name
        let changed = digest.changed(from: old)
        var content = changed.map(\.rawValue)
        if ImportDigests.isGone(old) {
            content.append("back")
            if !account.isDisabled, !ImportDigests.wasDisabled(old) { try setDisabled(false, name) }
        }
        guard !content.isEmpty else { return [] }
        for part in changed {
            switch part {
            case .mainPassword:
                let hash = try mainHash(of: account, isVerifiable: isVerifiable)
                _ = try store.setMainHash(hash, account: name, change: change(name, "account password"))
                // A new password ends it here, and there it goes on.
                if account.mustChange { try setMustChange(true, name) }
            case .disabled: try setDisabled(account.isDisabled, name)
            case .mustChange: try setMustChange(account.mustChange, name)
            case .secondFactor:
                if try mayReplaceSecondFactor(by: account, old) {
                    try setSecondFactor(of: account)
                } else {
                    note(
                        ImportNote(
                            name.text,
                            "its second factor was set here, and there it is \(account.secondFactor.rawValue) now: stays "
                                + "as it is here"))
                }
            case .appPasswordsRequired: try setPolicy(account.policy, .appPasswords, name)
            case .services: try setPolicy(account.policy, .services, name)
            case .mailbox:
                _ = try store.setMailbox(account.mailbox, account: name, change: change(name, "account mailbox"))
            }
        }
        try mark(name, digest)
        return content
    }

    private func mainHash(of account: borrowing ImportedAccount, isVerifiable: Bool) throws(StoreError) -> String? {
        try account.mainHash.map { stored throws(StoreError) in
            try hasher.keep(stored, isVerifiable: isVerifiable)
        }
    }

    private func mark(_ name: AccountName, _ digest: ImportDigests.Parts<ImportDigests.AccountPart>) throws(StoreError)
    {
        try store.setImportMark(ImportMark(digest: digest.bytes), source: source, of: name.text, item: "")
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

    /// - Parameter parts: Those that the source speaks of; the others stay.
    private func setPolicy(_ policy: Policy, _ parts: PolicyChange.Parts, _ name: AccountName) throws(StoreError) {
        var said = Policy()
        if parts.contains(.appPasswords) { said.appPasswordsRequired = policy.appPasswordsRequired }
        if parts.contains(.services), let services = policy.services {
            // Not more than the domain allows.
            said.services = services.intersection(try store.policy(domain: name.domain)?.services ?? .mail)
        }
        _ = try store.setPolicy(
            PolicyChange(said, unsaid: parts), account: name, change: change(name, "account policy"))
    }

    /// One that was set here is not taken away.
    private func mayReplaceSecondFactor(by account: borrowing ImportedAccount, _ old: [UInt8]) throws(StoreError)
        -> Bool
    {
        switch try store.account(account.name)?.secondFactor {
        case .totp: account.secondFactor == .totp
        case .external: account.secondFactor != .off || digests.had(.external, account.name, old)
        case .off, nil: true
        }
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
