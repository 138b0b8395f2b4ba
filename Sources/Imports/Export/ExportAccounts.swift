import Credentials

/// The accounts of an export, on their way into a store.
struct ExportAccounts {
    static let differs = "is here already, and differs: left as it is"
    static let changedOnBothSides = "was changed here and there: left as it is"

    private struct Arrival {
        let account: StoreRecord.Account
        let name: AccountName
        let digests: (line: [UInt8], there: [UInt8])
        let line: Int
    }

    /// One that came without aliases that are still others' here.
    private struct Incomplete {
        let arrival: Arrival
        let outcome: AccountImporter.Outcome
        let aliases: [String]
    }

    private let store: Store
    private let digests: ExportDigests
    private let now = Timestamp.now()
    private let makeChange: (_ subject: String, _ action: String, _ detail: String) -> Change
    private let enter: (AccountImporter.Entry) -> Void
    private let note: (ImportNote) -> Void
    private(set) var isFinished = false
    private var named: Set<String> = []
    private var added = 0
    /// Accounts that came, or are the same here: what is remembered of theirs comes, too.
    private var came: Set<String> = []
    /// Accounts that could not come.
    private var left: Set<String> = []
    /// Their names are aliases of others here, who may lose them to this very export.
    private var waiting: [Arrival] = []
    private var incomplete: [Incomplete] = []

    init(
        store: Store, digests: ExportDigests,
        makeChange: @escaping (_ subject: String, _ action: String, _ detail: String) -> Change,
        enter: @escaping (AccountImporter.Entry) -> Void, note: @escaping (ImportNote) -> Void
    ) {
        self.store = store
        self.digests = digests
        self.makeChange = makeChange
        self.enter = enter
        self.note = note
    }

    mutating func take(_ account: StoreRecord.Account, line: [UInt8], _ number: Int) throws(SourceError) {
        guard let name = AccountName.importable(account.address), name.text == account.address else {
            return note(ImportNote(account.address, AccountName.whyNotImportable, line: number))
        }
        guard named.insert(name.text).inserted else {
            return note(ImportNote(name.text, AccountImporter.secondOfAName, line: number))
        }
        let arrival = Arrival(
            account: account, name: name, digests: (digests.line(line, of: name), digests.there(account)), line: number)
        try storing { () throws(StoreError) in try take(arrival, isLast: false) }
    }

    /// After the last account: those that are gone there, and what had to wait for others to go or change.
    mutating func finish() throws(SourceError) {
        guard !isFinished else { return }
        isFinished = true
        let gone = try GoneAccounts.find(in: store, source: Store.exportSource, seen: named, added: added) { mark in
            (ExportMark(mark)?.state ?? .gone) == .gone
        }
        try storing { () throws(StoreError) in
            for (name, mark) in gone { try disable(name, mark) }
            for arrival in waiting { try take(arrival, isLast: true) }
            for one in incomplete { try complete(one) }
        }
    }

    /// Whether what an earlier import left of an account may come: not where another account is.
    func mayRemember(_ account: String) throws(StoreError) -> Bool {
        if came.contains(account) { return true }
        guard !left.contains(account), let name = AccountName(account) else { return false }
        return try store.account(name) == nil
    }

    // MARK: One account

    /// - Parameter isLast: Whether it does not wait any longer.
    private mutating func take(_ arrival: Arrival, isLast: Bool) throws(StoreError) {
        let name = arrival.name
        let mark = try mark(of: name)
        guard let here = try store.accountRecord(name) else {
            guard mark == nil else { return keep(arrival, "was removed here: stays so") }
            guard try store.holder(ofAlias: name) != nil else { return try put(arrival, over: nil, nil) }
            guard isLast else { return waiting.append(arrival) }
            if try release(name) { return try put(arrival, over: nil, nil) }
            left.insert(name.text)
            return keep(arrival, "is another's alias here: left out")
        }
        guard let mark else {
            guard here == arrival.account else { return keep(arrival, Self.differs) }
            return settle(arrival, .unchanged)
        }
        let isUntouched = mark.here == digests.here(here, without: mark.closing)
        if mark.state.hasClosing, !isUntouched { return try takeBack(arrival, mark) }
        if mark.there == arrival.digests.there, mark.state == .whole || mark.state == .partial && !isUntouched {
            if let fault = try bringUses(arrival, mark) { return keep(arrival, "has \(fault.text): left out") }
            return settle(arrival, .unchanged)
        }
        guard isUntouched else {
            // No code that was used there is used here all the same.
            _ = try bringUses(arrival, mark)
            return keep(arrival, Self.changedOnBothSides)
        }
        try put(arrival, over: here, mark)
    }

    private mutating func put(_ arrival: Arrival, over here: StoreRecord.Account?, _ mark: ExportMark?)
        throws(StoreError)
    {
        let name = arrival.name
        var account = arrival.account
        var taken: [String] = []
        for alias in account.aliases where try store.isTaken(alias, byOthersThan: name) { taken.append(alias) }
        account.aliases.removeAll { taken.contains($0) }
        var outcome = AccountImporter.Outcome.unchanged
        let lacksOnlyAliases = mark?.state == .partial && mark?.there == arrival.digests.there
        if !lacksOnlyAliases || here?.aliases != account.aliases {
            let change = makeChange(
                name.text, here == nil ? "account add" : "account change", "imported from an export")
            let fault = try store.restore(
                account, as: name, over: here, isNewMainPassword: mark?.mainGeneration != account.mainGeneration,
                change: change)
            if let fault {
                left.insert(name.text)
                return keep(arrival, "has \(fault.text): left out")
            }
            outcome = here == nil ? .new : .changed
            if here == nil { added += 1 }
        } else if let mark {
            _ = try bringUses(arrival, mark)
        }
        try remember(arrival, taken.isEmpty ? .whole : .partial)
        guard taken.isEmpty else {
            return incomplete.append(Incomplete(arrival: arrival, outcome: outcome, aliases: taken))
        }
        settle(arrival, outcome)
    }

    /// Who signed in there since the last time.
    private func bringUses(_ arrival: Arrival, _ mark: ExportMark) throws(StoreError) -> RecordFault? {
        if mark.line == arrival.digests.line { return nil }
        if let fault = try store.restoreUses(of: arrival.account, as: arrival.name) { return fault }
        var mark = mark
        mark.line = arrival.digests.line
        try set(mark, arrival.name)
        return nil
    }

    /// One that was gone and is there again, and was changed here.
    private mutating func takeBack(_ arrival: Arrival, _ mark: ExportMark) throws(StoreError) {
        let name = arrival.name
        var mark = mark
        // The same there as before: then the same here, too, and here somebody may have opened it.
        let isSame = mark.there == arrival.digests.there
        let isOpenThere =
            arrival.account.disabledSince == nil || arrival.account.disabledUntil.map { $0 <= now } ?? false
        guard isSame || isOpenThere else {
            if mark.state == .gone {
                mark.state = .backClosed
                try set(mark, name)
            }
            _ = try bringUses(arrival, mark)
            return keep(arrival, Self.changedOnBothSides)
        }
        let isUndone =
            try mark.closing?.undo(name, in: store, now: now) { makeChange(name.text, $0, "back in the export") }
            ?? false
        (mark.state, mark.closing) = (.whole, nil)
        try set(mark, name)
        _ = try bringUses(arrival, mark)
        if isSame { return settle(arrival, isUndone ? .changed : .unchanged) }
        let isOpen = try store.account(name)?.isDisabled(at: now) == false
        let undone = "is there again, and \(isOpen ? "open" : "disabled for a time"); "
        keep(arrival, (isUndone ? undone : "") + Self.changedOnBothSides, as: isUndone ? .changed : .kept)
    }

    private mutating func complete(_ one: Incomplete) throws(StoreError) {
        let name = one.arrival.name
        var (outcome, state) = (one.outcome, ExportMark.State.whole)
        for address in one.aliases {
            let change = makeChange(name.text, "alias add", address)
            if let alias = AccountName(address), alias.text == address {
                _ = try release(alias)
                if case .done = try store.addAlias(alias, account: name, change: change) {
                    if outcome == .unchanged { outcome = .changed }
                    continue
                }
            }
            state = .partial
            note(
                ImportNote(
                    name.text, "\(address) is here an account, or another's alias: left out", line: one.arrival.line))
        }
        try remember(one.arrival, state)
        settle(one.arrival, outcome)
    }

    private func keep(_ arrival: Arrival, _ why: String, as outcome: AccountImporter.Outcome = .kept) {
        note(ImportNote(arrival.name.text, why, line: arrival.line))
        enter(AccountImporter.Entry(account: arrival.name, outcome: outcome, content: []))
    }

    private mutating func settle(_ arrival: Arrival, _ outcome: AccountImporter.Outcome) {
        came.insert(arrival.name.text)
        enter(AccountImporter.Entry(account: arrival.name, outcome: outcome, content: []))
    }

    private func mark(of name: AccountName) throws(StoreError) -> ExportMark? {
        ExportMark(try store.importMarks(source: Store.exportSource, of: name.text)[""])
    }

    private func remember(_ arrival: Arrival, _ state: ExportMark.State) throws(StoreError) {
        guard let here = try store.accountRecord(arrival.name) else { return }
        var mark = ExportMark(
            line: arrival.digests.line, mainGeneration: arrival.account.mainGeneration, there: arrival.digests.there,
            here: digests.here(here))
        mark.state = state
        try set(mark, arrival.name)
    }

    private func set(_ mark: ExportMark, _ name: AccountName) throws(StoreError) {
        try store.setImportMark(mark.mark, source: Store.exportSource, of: name.text, item: "")
    }

    // MARK: Accounts that are gone

    /// Takes an alias away from an account that is gone, so that another one gets it.
    ///
    /// - Returns: False if its holder is not gone, or was opened since, or nobody has it.
    private func release(_ alias: AccountName) throws(StoreError) -> Bool {
        guard let holder = try store.holder(ofAlias: alias), var mark = try mark(of: holder), mark.state == .gone,
            let before = try store.accountRecord(holder), let closing = mark.closing,
            closing.isInForce(before.disabledSince, until: before.disabledUntil)
        else { return false }
        let isUntouched = mark.here == digests.here(before, without: closing)
        note(ImportNote(holder.text, "its alias \(alias.text) is another account's now"))
        _ = try store.removeAlias(alias, account: holder, change: makeChange(holder.text, "alias remove", alias.text))
        if isUntouched, let after = try store.accountRecord(holder) {
            mark.here = digests.here(after, without: closing)
            try set(mark, holder)
        }
        return true
    }

    /// One that was not changed here comes back as it is there, once it is there again.
    private func disable(_ name: AccountName, _ mark: ImportMark) throws(StoreError) {
        guard var mark = ExportMark(mark) else { return }
        mark.state = .gone
        mark.closing = try Closing.close(
            name, in: store, keeping: mark.closing, now: now,
            change: makeChange(name.text, "account disable", "gone from the export")
        ).0
        try set(mark, name)
        note(ImportNote(name.text, "is gone from the export: disabled"))
        enter(AccountImporter.Entry(account: name, outcome: .changed, content: ["disabled"]))
    }
}
