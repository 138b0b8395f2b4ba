import Bytes
package import Credentials

/// Brings accounts of a source into the store, one mark an account: what did not change in the source stays as it is in
/// Postern, what changed in the source alone is taken whole, and what changed on both sides is left and named.
package struct AccountImporter {
    package enum Outcome: String, Sendable, CaseIterable {
        case new, changed, unchanged
        /// Left as it is, and named.
        case kept
    }

    /// What became of an account.
    package struct Entry: Sendable {
        package let account: AccountName
        package let outcome: Outcome
        /// What was imported: "main password BLF-CRYPT, TOTP, 3 app passwords".
        package let content: [String]
    }

    /// What an import may do beyond its default.
    package struct Permissions: Sendable {
        package var allowsLoosening: Bool
        package var disablesMissing: Bool

        package init(allowsLoosening: Bool = false, disablesMissing: Bool = false) {
            self.allowsLoosening = allowsLoosening
            self.disablesMissing = disablesMissing
        }
    }

    static let adopted = "an earlier version imported it: compared from now on with what it is in Postern"
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
    package private(set) var seen: Set<String> = []
    /// Accounts that are as the source has them.
    private(set) var settled: Set<String> = []
    /// Accounts that this import wrote.
    private(set) var restored: Set<String> = []
    private var added = 0

    /// - Parameters:
    ///   - source: `ImportSource.name`.
    ///   - former: What becomes of a main password that is replaced.
    ///   - makeChange: Makes an entry for the change record.
    ///   - enter: Told of each account.
    ///   - note: Told of what was not imported, or not as it was.
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
    package mutating func take(_ account: consuming ImportedAccount, keys: Keys, hasher: ImportedHasher)
        throws(StoreError)
    {
        account.name = try storedName(account.name)
        let arrival = ImportArrival(name: account.name, digest: digests.digest(of: account))
        let maker = RecordMaker(store: store, keys: keys, digests: digests, hasher: hasher, now: now)
        let marks = try take(arrival) { (old, marks, extent) throws(StoreError) in
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

    /// Under which name the account is stored, or was when it was imported: one that is older than canonical names keeps
    /// its own.
    private func storedName(_ name: AccountName) throws(StoreError) -> AccountName {
        if let old = try store.account(name) { return old.name }
        guard let spelling = name.spelling, try store.importMarks(source: source, of: spelling)[""] != nil else {
            return name
        }
        return AccountName(stored: spelling)
    }

    /// Imports one account.
    ///
    /// - Parameter propose: Makes what the account is to become from what it is in Postern (nil for a new one) and the marks of
    ///   the last import.
    /// - Returns: What is remembered of it; nil if the account is not of this source.
    mutating func take(
        _ arrival: ImportArrival,
        _ propose: (StoreRecord.Account?, [String: ImportMark], ImportExtent) throws(StoreError) -> ImportProposal
    ) throws(StoreError) -> [String: ImportMark]? {
        let name = arrival.name
        guard seen.insert(name.text).inserted else {
            note(arrival, "is in the source twice: the first one is imported")
            return nil
        }
        let marks = try store.importMarks(source: source, of: name.text)
        let generation = try store.ownGeneration(of: name)
        let action = ImportAction(mark: marks[""], digest: arrival.digest, generation: generation)
        switch action {
        case .skipForeign:
            keep(arrival, "exists already, and not from this source: left as it is")
            return nil
        case .skipRemoved:
            keep(arrival, "was removed in Postern: not imported again")
            return nil
        case .nothing:
            settled.insert(name.text)
            enter(Entry(account: name, outcome: .unchanged, content: []))
            return marks
        case .add:
            if let other = try otherSpelling(of: name) {
                keep(arrival, "exists already as \(other), another spelling of it: not imported")
                return nil
            }
        case .take, .leave, .adopt: break
        }
        let old = try generation == nil ? nil : store.accountRecord(name)
        let extent = action.extent
        var proposal = try propose(old, marks, extent)
        var loosening = Loosening(now: now)
        if let old, extent == .whole {
            try withhold(&loosening, from: &proposal, over: old)
            if loosening.hasMainPassword {
                proposal.isNewMainPassword = false
                proposal.marks[RecordMaker.mainPasswordItem] = marks[RecordMaker.mainPasswordItem]
                proposal.marks.merge(marks) { new, _ in new }
            }
        } else if let old, marks[""]?.isIncomplete == true {
            var whole = try propose(old, marks, .whole)
            try withhold(&loosening, from: &whole, over: old)
            // Nobody can tell then whether something would loosen.
            proposal.isIncomplete = proposal.isIncomplete || whole.isIncomplete || permissions.allowsLoosening
        }
        let content = proposal.record.difference(from: old, isNewMainPassword: proposal.isNewMainPassword)
        if old == nil || !content.isEmpty {
            guard try restore(proposal, over: old, arrival, content) else { return nil }
        }
        if old == nil { added += 1 }
        if old == nil || !content.isEmpty { restored.insert(name.text) }
        // What is left is compared with the same as before, the next time.
        let isLeft = action == .leave
        proposal.marks[""] = ImportMark(
            digest: isLeft ? marks[""]?.digest ?? [] : arrival.digest,
            generation: isLeft ? marks[""]?.generation : try store.ownGeneration(of: name),
            isIncomplete: proposal.isIncomplete || !loosening.withheld.isEmpty)
        try store.setImportMarks(proposal.marks, source: source, of: name.text)
        report(arrival, action, proposal, loosening, content, isNew: old == nil)
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
            loosening.add("its main password would open mail from further networks without its second factor")
        }
    }

    /// The name of another account of the same canonical form that did not come from this source.
    private func otherSpelling(of name: AccountName) throws(StoreError) -> String? {
        for other in try store.accounts(sharingFormOf: name) where !seen.contains(other) {
            if try store.importMarks(source: source, of: other)[""] == nil { return other }
        }
        return nil
    }

    /// False, with a note, if the record contradicts itself.
    private func restore(
        _ proposal: ImportProposal, over old: StoreRecord.Account?, _ arrival: ImportArrival, _ content: [String]
    ) throws(StoreError) -> Bool {
        let detail = ["imported from \(source)"] + (content.isEmpty ? [] : [content.joined(separator: ", ")])
        let fault = try store.restore(
            proposal.record, as: arrival.name, over: old, former: proposal.isNewMainPassword ? former : .asBefore,
            change: makeChange(
                arrival.name.text, old == nil ? "account add" : "account change", detail.joined(separator: ": ")))
        guard let fault else { return true }
        keep(arrival, "has \(fault.text): not imported")
        return false
    }

    // MARK: Reporting

    private mutating func report(
        _ arrival: ImportArrival, _ action: ImportAction, _ proposal: ImportProposal, _ loosening: Loosening,
        _ content: [String], isNew: Bool
    ) {
        for text in proposal.notes { note(arrival, text) }
        for text in loosening.withheld {
            note(ImportNote(arrival.name.text, text + ": withheld", line: arrival.line, isWithheld: true))
        }
        switch action {
        case .leave: note(arrival, Self.changedOnBothSides)
        case .adopt:
            note(arrival, Self.adopted)
        default: settled.insert(arrival.name.text)
        }
        let isLeft = action == .leave || !loosening.withheld.isEmpty
        let outcome: Outcome = isNew ? .new : !content.isEmpty ? .changed : isLeft ? .kept : .unchanged
        enter(Entry(account: arrival.name, outcome: outcome, content: content))
    }

    private func note(_ arrival: ImportArrival, _ text: String) {
        note(ImportNote(arrival.name.text, text, line: arrival.line))
    }

    private func keep(_ arrival: ImportArrival, _ why: String) {
        note(arrival, why)
        enter(Entry(account: arrival.name, outcome: .kept, content: []))
    }

    // MARK: Missing accounts

    /// Ends the import: names accounts that were imported before and are missing in the source, and disables them if asked to.
    package func finish() throws(SourceError) {
        let known = try storing { () throws(StoreError) in try store.importedAccounts(source: source) }
        var missing: [AccountName] = []
        var (before, kept) = (-added, -added)
        for name in known {
            guard let account = try storing({ () throws(StoreError) in try store.account(name) }) else { continue }
            before += 1
            if seen.contains(name.text) { kept += 1 }
            if !seen.contains(name.text), !account.isDisabled(at: now) || account.disabledUntil != nil {
                missing.append(name)
            }
        }
        if permissions.disablesMissing {
            try MissingAccounts.expectFew(missing.count, of: before, isOther: kept == 0, source: source)
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
        // Differs from whatever the source says of it later; what was changed in Postern before is left then.
        marks[""] = ImportMark(digest: [], generation: isUntouched ? try store.ownGeneration(of: name) : marked)
        try store.setImportMarks(marks, source: source, of: name.text)
        note(ImportNote(name.text, "is missing in the source: disabled"))
        enter(Entry(account: name, outcome: .changed, content: ["disabled"]))
    }
}
