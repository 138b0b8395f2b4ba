import Bytes
package import Credentials

/// Imports accounts of a source into the store, and remembers each with a mark. An account that did not change in the
/// source stays as it is in Postern, one that changed only in the source is updated, and one that changed on both sides
/// is left as it is and named.
package struct AccountImporter {
    /// What an import did with an account.
    package enum Outcome: String, Sendable, CaseIterable {
        case new, changed, unchanged
        /// The account was left as it is, and a note names it.
        case kept
    }

    /// An account in the report of an import.
    package struct Entry: Sendable {
        /// The account.
        package let account: AccountName
        /// What the import did with it.
        package let outcome: Outcome
        /// What was imported, as in "main password BLF-CRYPT", "TOTP", "3 app passwords".
        package let content: [String]
    }

    /// What an import may do beyond its default.
    package struct Permissions: Sendable {
        /// Whether accounts, app passwords and policies may become less protected.
        package var allowsLoosening: Bool
        /// Whether accounts that are missing in the source are disabled.
        package var disablesMissing: Bool

        /// Permissions, by default none.
        package init(allowsLoosening: Bool = false, disablesMissing: Bool = false) {
            self.allowsLoosening = allowsLoosening
            self.disablesMissing = disablesMissing
        }
    }

    static let adopted =
        "was imported by an earlier version of Postern: later imports compare the source with its present state in "
        + "Postern"
    static let changedOnBothSides = "was changed in the source and in Postern: left as it is"

    let store: Store
    let digests: ImportDigests
    let permissions: Permissions
    let now = Timestamp.now()
    let note: (ImportNote) -> Void
    private let source: String
    private let former: Store.FormerChange
    private let makeChange: (_ subject: String, _ action: String, _ detail: String) -> Change
    private let enter: (Entry) -> Void
    /// The accounts that the source has, by name.
    package private(set) var seen: Set<String> = []
    /// The accounts that are as the source has them, by name.
    private(set) var settled: Set<String> = []
    /// The accounts that this import wrote, by name.
    private(set) var restored: Set<String> = []
    private var added = 0

    /// Makes an importer for one source.
    ///
    /// - Parameters:
    ///   - source: `ImportSource.name`.
    ///   - former: Whether a main password that is replaced is kept as the previous one.
    ///   - makeChange: Makes an entry for the change record.
    ///   - enter: Receives each account.
    ///   - note: Receives what was skipped or changed.
    package init(
        source: String, store: Store, keys: Keys, permissions: Permissions, former: Store.FormerChange,
        makeChange: @escaping (_ subject: String, _ action: String, _ detail: String) -> Change,
        enter: @escaping (Entry) -> Void, note: @escaping (ImportNote) -> Void
    ) {
        self.source = source
        self.store = store
        self.permissions = permissions
        self.former = former
        self.makeChange = makeChange
        self.enter = enter
        self.note = note
        digests = ImportDigests(keys)
    }

    /// Imports one account of another system.
    ///
    /// - Throws: `StoreError` if the store cannot be read or written, or a secret cannot be hashed or sealed.
    package mutating func importAccount(_ account: consuming ImportedAccount, keys: Keys, hasher: ImportedHasher)
        throws(StoreError)
    {
        account.name = try storedName(account.name)
        let incoming = SourceAccount(name: account.name, digest: digests.digest(of: account))
        let maker = RecordMaker(store: store, keys: keys, digests: digests, hasher: hasher, now: now)
        let marks = try importAccount(incoming) { (old, marks, extent) throws(StoreError) in
            try maker.proposal(of: account, over: old, marks, extent)
        }
        guard let marks else { return }
        for use in account.uses {
            let credential = use.item.map { marks[RecordMaker.item($0)]?.credential } ?? Store.mainCredential
            guard let credential else { continue }
            try store.addUse(
                account: account.name, credential: credential, service: use.service,
                network: Network(of: use.address), at: use.at)
        }
    }

    /// Returns the name under which the account is stored, or was stored when it was imported: accounts that are older
    /// than canonical names have their own.
    private func storedName(_ name: AccountName) throws(StoreError) -> AccountName {
        if let old = try store.account(name) { return old.name }
        guard let spelling = name.spelling, try store.importMarks(source: source, of: spelling)[""] != nil else {
            return name
        }
        return AccountName(stored: spelling)
    }

    /// Imports one account.
    ///
    /// - Parameter propose: Returns what the account will become, from the account in Postern (nil if it is new) and
    ///   the marks of the previous import.
    /// - Returns: The marks of the account; nil if it was not imported from this source.
    mutating func importAccount(
        _ incoming: SourceAccount,
        _ propose: (StoreRecord.Account?, [String: ImportMark], ImportExtent) throws(StoreError) -> ImportProposal
    ) throws(StoreError) -> [String: ImportMark]? {
        let name = incoming.name
        guard seen.insert(name.text).inserted else {
            note(incoming, "is in the source twice: the first one is imported")
            return nil
        }
        let marks = try store.importMarks(source: source, of: name.text)
        let generation = try store.ownGeneration(of: name)
        let action = ImportAction(mark: marks[""], digest: incoming.digest, generation: generation)
        switch action {
        case .skipForeign:
            skip(incoming, "exists already and was not imported from this source: left as it is")
            return nil
        case .skipRemoved:
            skip(incoming, "was removed in Postern: not imported again")
            return nil
        case .unchanged:
            settled.insert(name.text)
            enter(Entry(account: name, outcome: .unchanged, content: []))
            return marks
        case .add:
            if let other = try otherSpelling(of: name) {
                skip(incoming, "exists already as \(other), another spelling of it: not imported")
                return nil
            }
        case .update, .leave, .adopt: break
        }
        let old = try generation == nil ? nil : store.accountRecord(name)
        let extent = action.extent
        var proposal = try propose(old, marks, extent)
        var loosening = Loosening(now: now)
        if let old, extent == .whole {
            try withhold(&loosening, from: &proposal, over: old)
            if loosening.hasMainPassword { proposal.keepMainPassword(marks) }
        } else if let old, marks[""]?.isIncomplete == true {
            var whole = try propose(old, marks, .whole)
            try withhold(&loosening, from: &whole, over: old)
            // If loosening is allowed, `withhold` does nothing, so it is unknown whether the whole record would loosen
            // anything.
            proposal.isIncomplete = proposal.isIncomplete || whole.isIncomplete || permissions.allowsLoosening
        }
        let content = proposal.record.difference(from: old, isNewMainPassword: proposal.isNewMainPassword)
        if old == nil || !content.isEmpty {
            guard try restore(proposal, over: old, incoming, content) else { return nil }
            restored.insert(name.text)
        }
        if old == nil { added += 1 }
        // The next import compares an account that was left with the same mark as this one.
        let isLeft = action == .leave
        proposal.marks[""] = ImportMark(
            digest: isLeft ? marks[""]?.digest ?? [] : incoming.digest,
            generation: isLeft ? marks[""]?.generation : try store.ownGeneration(of: name),
            isIncomplete: proposal.isIncomplete || !loosening.withheld.isEmpty)
        try store.setImportMarks(proposal.marks, source: source, of: name.text)
        report(incoming, action, proposal, loosening, content, isNew: old == nil)
        return proposal.marks
    }

    private func withhold(
        _ loosening: inout Loosening, from proposal: inout ImportProposal, over old: StoreRecord.Account
    ) throws(StoreError) {
        guard !permissions.allowsLoosening else { return }
        loosening.withhold(
            from: &proposal.record, over: old,
            domain: try store.domainRecord(AccountName(stored: old.address).domain)?.policy ?? .init(),
            isNewMainPassword: proposal.isNewMainPassword && !ImportedHasher.isPlaceholder(old.mainHash))
        guard old.secondFactor != SecondFactor.off.rawValue else { return }
        for item in proposal.mainPasswordItems {
            guard let mark = proposal.marks.removeValue(forKey: item) else { continue }
            proposal.record.appPasswords.removeAll { $0.id == mark.credential }
            loosening.add("its main password would be accepted for mail from more networks without its second factor")
        }
    }

    /// Returns the name of another account of the same canonical form that was not imported from this source.
    private func otherSpelling(of name: AccountName) throws(StoreError) -> String? {
        for other in try store.accounts(sharingFormOf: name) where !seen.contains(other) {
            if try store.importMarks(source: source, of: other)[""] == nil { return other }
        }
        return nil
    }

    /// Writes the record. Returns false, with a note, if it contradicts itself.
    private func restore(
        _ proposal: ImportProposal, over old: StoreRecord.Account?, _ incoming: SourceAccount, _ content: [String]
    ) throws(StoreError) -> Bool {
        let detail = ["imported from \(source)"] + (content.isEmpty ? [] : [content.joined(separator: ", ")])
        let fault = try store.restore(
            proposal.record, as: incoming.name, over: old, former: proposal.isNewMainPassword ? former : .asBefore,
            change: makeChange(
                incoming.name.text, old == nil ? "account add" : "account change", detail.joined(separator: ": ")))
        guard let fault else { return true }
        skip(incoming, "\(fault.text); skipped")
        return false
    }

    // MARK: Reporting

    private mutating func report(
        _ incoming: SourceAccount, _ action: ImportAction, _ proposal: ImportProposal, _ loosening: Loosening,
        _ content: [String], isNew: Bool
    ) {
        for text in proposal.notes { note(incoming, text) }
        for text in loosening.withheld {
            note(ImportNote(incoming.name.text, text + ": withheld", line: incoming.line, isWithheld: true))
        }
        switch action {
        case .leave: note(incoming, Self.changedOnBothSides)
        case .adopt:
            note(incoming, Self.adopted)
        default: settled.insert(incoming.name.text)
        }
        let isLeft = action == .leave || !loosening.withheld.isEmpty
        let outcome: Outcome = isNew ? .new : !content.isEmpty ? .changed : isLeft ? .kept : .unchanged
        enter(Entry(account: incoming.name, outcome: outcome, content: content))
    }

    private func note(_ incoming: SourceAccount, _ text: String) {
        note(ImportNote(incoming.name.text, text, line: incoming.line))
    }

    private func skip(_ incoming: SourceAccount, _ why: String) {
        note(incoming, why)
        enter(Entry(account: incoming.name, outcome: .kept, content: []))
    }

    // MARK: Missing accounts

    /// Ends the import: names the accounts that were imported before and are missing in the source, and disables them
    /// if the permissions say so.
    ///
    /// - Throws: `SourceError.unusable` if too many accounts would be disabled, `.store`.
    package func finish() throws(SourceError) {
        let known = try storing { () throws(StoreError) in try store.importedAccounts(source: source) }
        var missing: [AccountName] = []
        var (before, present) = (-added, -added)
        for name in known {
            guard let account = try storing({ () throws(StoreError) in try store.account(name) }) else { continue }
            before += 1
            if seen.contains(name.text) { present += 1 }
            if !seen.contains(name.text), !account.isDisabled(at: now) || account.disabledUntil != nil {
                missing.append(name)
            }
        }
        if permissions.disablesMissing {
            try MissingAccounts.expectFew(missing.count, of: before, isOther: present == 0, source: source)
        }
        try storing { () throws(StoreError) in
            for name in missing { try handleMissing(name) }
        }
    }

    private func handleMissing(_ name: AccountName) throws(StoreError) {
        guard permissions.disablesMissing else {
            note(ImportNote(name.text, "is missing in the source: left as it is (--disable-missing disables it)"))
            return enter(Entry(account: name, outcome: .kept, content: []))
        }
        var marks = try store.importMarks(source: source, of: name.text)
        let marked = marks[""]?.generation
        let isUntouched = try marked == store.ownGeneration(of: name)
        let change = makeChange(name.text, "account disable", "imported from \(source): missing")
        _ = try store.disable(name, until: nil, change: change)
        // The empty digest differs from any later record of the source. If the account was changed in Postern, it keeps
        // the previous generation, so that a later import leaves it.
        marks[""] = ImportMark(digest: [], generation: isUntouched ? try store.ownGeneration(of: name) : marked)
        try store.setImportMarks(marks, source: source, of: name.text)
        note(ImportNote(name.text, "is missing in the source: disabled"))
        enter(Entry(account: name, outcome: .changed, content: ["disabled"]))
    }
}
