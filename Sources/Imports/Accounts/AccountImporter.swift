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
    let enter: (Entry) -> Void
    private(set) var seen: Set<String> = []
    private(set) var added = 0

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
        account.name = try storedName(account.name)
        let name = account.name
        guard seen.insert(name.text).inserted else {
            return note(ImportNote(name.text, Self.secondOfAName))
        }
        account.notes.forEach(note)
        let marks = try store.importMarks(source: source, of: name.text)
        let here = try store.account(name)
        guard (here != nil) == (marks[""] != nil) else {
            note(
                ImportNote(
                    name.text,
                    here == nil
                        ? "was removed here: stays so" : "is here already, and not from this source: left as it is"))
            return enter(Entry(account: name, outcome: .kept, content: []))
        }
        let whyNot = account.mainHash.flatMap { hasher.whyNotVerifiable($0) }
        var content: [String]
        if let here, let mark = marks[""] {
            content = try changeAccount(account, mark.digest, here, whyNot: whyNot)
        } else {
            guard try addAccount(account, whyNot: whyNot) else {
                note(ImportNote(name.text, "is here already in another spelling: it did not come"))
                return enter(Entry(account: name, outcome: .kept, content: []))
            }
            added += 1
            content = describe(account, isDisabled: account.isDisabled || whyNot != nil)
        }
        content += try removeAliases(of: account, marks)
        var ids: [String: String] = [:]
        content += try takeAppPasswords(of: account, marks, &ids)
        try addUses(of: account, ids)
        content += try addAliases(account.aliases.filter { marks[Self.aliasItem + $0.text] == nil }, to: name)
        enter(
            Entry(
                account: name, outcome: here == nil ? .new : content.isEmpty ? .unchanged : .changed, content: content))
    }

    /// Under which name the account is stored, or was when it came: one that is older than canonical names keeps its own.
    private func storedName(_ name: AccountName) throws(StoreError) -> AccountName {
        if let here = try store.account(name) { return here.name }
        guard let spelling = name.spelling, try store.importMarks(source: source, of: spelling)[""] != nil else {
            return name
        }
        return AccountName(stored: spelling)
    }

    private func addUses(of account: borrowing ImportedAccount, _ ids: [String: String]) throws(StoreError) {
        for use in account.uses {
            guard let credential = use.item.map({ ids[$0] }) ?? Store.mainCredential else { continue }
            try store.addUse(
                account: account.name, credential: credential, service: use.service,
                network: Network(of: use.address), at: use.at)
        }
    }

    /// Ends the import: accounts that came before and are gone there are disabled, for removing cannot be taken back.
    package func finish() throws(SourceError) {
        let gone = try GoneAccounts.find(in: store, source: source, seen: seen, added: added) { mark in
            (ImportDigests.closing(mark.digest)?.gone ?? .no) != .no
        }
        try storing { () throws(StoreError) in
            for (name, mark) in gone { try disableGone(name, mark) }
        }
    }

    // MARK: Accounts

    /// False if another account has this name in another spelling.
    ///
    /// - Parameter whyNot: Why its main password cannot be verified.
    private func addAccount(_ account: borrowing ImportedAccount, whyNot: String?) throws(StoreError) -> Bool {
        let name = account.name
        let hash = try mainPassword(of: account, isVerifiable: whyNot == nil)
        guard
            try store.addAccount(
                name, mainPassword: hash, mailbox: account.mailbox, change: change(name, "account add"))
        else { return false }
        var closing: Closing?
        if let whyNot { noteUnverifiable(name, whyNot, isDisabled: true) }
        if account.isDisabled || whyNot != nil {
            closing = try close(name, keeping: nil, whyNot == nil ? "" : Self.notVerifiable).0
        }
        if account.mustChange { try setMustChange(true, name) }
        if account.policy != Policy() { try setPolicy(account.policy, [.appPasswords, .services], name) }
        if account.secondFactor != .off { try setSecondFactor(of: account) }
        try mark(name, digests.parts(of: account), closing)
        return true
    }

    /// - Parameters:
    ///   - old: Its digest at the last import.
    ///   - here: As it is here.
    ///   - whyNot: Why its main password cannot be verified. That alone changes nothing: it may be another one here by now.
    /// - Returns: What changed.
    private func changeAccount(
        _ account: borrowing ImportedAccount, _ old: [UInt8], _ here: AccountState, whyNot: String?
    ) throws(StoreError) -> [String] {
        let name = account.name
        let digest = digests.parts(of: account)
        var changed = digest.changed(from: old)
        let isNewPassword = changed.contains(.mainPassword)
        let waits = ImportedHasher.isPlaceholder(here.mainHash)
        if waits, whyNot == nil, !isNewPassword { changed.insert(.mainPassword, at: 0) }
        let isUnverifiable = whyNot != nil && (isNewPassword || waits)
        let closed = ImportDigests.closing(old)
        let gone = closed?.gone ?? .no
        guard !changed.isEmpty || gone != .no else {
            if isUnverifiable, let whyNot {
                noteUnverifiable(name, whyNot, isDisabled: here.isDisabled(at: now))
            }
            return []
        }
        // A new password ends it here, and there it goes on.
        let mustChange = account.mustChange || here.mustChange && !isNewPassword
        var content = try takeParts(changed, of: account, old, isVerifiable: whyNot == nil, mustChange: mustChange)
        if gone != .no { content.append("back") }
        // What is still a reason, and was one before, says nothing about who opened it here since.
        let isNewUnverifiable = isUnverifiable && isNewPassword
        let isClosedThere = account.isDisabled && changed.contains(.disabled) || isNewUnverifiable
        let isOpenThere =
            !account.isDisabled && !isUnverifiable && (changed.contains(.disabled) || changed.contains(.mainPassword))
        var closing = closed?.0
        if isClosedThere {
            let made = try close(name, keeping: closing, isNewUnverifiable ? Self.notVerifiable : "")
            closing = made.0
            if made.wasOpen { content.append("disabled") }
        } else if isOpenThere || gone == .wasOpen {
            content += try open(name, closing, isChanged: changed.contains(.disabled))
            closing = nil
        } else if gone == .wasClosed, !account.isDisabled, !isUnverifiable, try isDisabled(name) {
            note(ImportNote(name.text, Self.staysDisabled))
        }
        if isUnverifiable, let whyNot { noteUnverifiable(name, whyNot, isDisabled: try isDisabled(name)) }
        try mark(name, digest, closing)
        return content
    }

    private func mark(
        _ name: AccountName, _ digest: ImportDigests.Parts<ImportDigests.AccountPart>, _ closing: Closing?
    ) throws(StoreError) {
        try store.setImportMark(
            ImportDigests.mark(digest.bytes[...], closing), source: source, of: name.text, item: "")
    }

    private func describe(_ account: borrowing ImportedAccount, isDisabled: Bool) -> [String] {
        var content: [String] = []
        if let hash = account.mainHash { content.append("main password \(PasswordHash.scheme(of: hash))") }
        switch account.secondFactor {
        case .off: break
        case .external: content.append("second factor external")
        case .totp: content.append("TOTP")
        }
        if isDisabled { content.append("disabled") }
        if account.mustChange { content.append("must change") }
        if account.policy != Policy() { content.append("policy") }
        return content
    }

    func change(_ name: AccountName, _ action: String, _ detail: String = "") -> Change {
        makeChange(
            name.text, action, ["imported from \(source)", detail].filter { !$0.isEmpty }.joined(separator: ": "))
    }
}
