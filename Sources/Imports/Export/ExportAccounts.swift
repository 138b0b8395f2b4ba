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
        // As it is stored there, which may be another spelling than the canonical one: its secrets belong to it.
        guard let read = AccountName(account.address), read.isSafeInPath,
            (read.spelling ?? read.text).utf8.elementsEqual(account.address.utf8)
        else {
            return note(ImportNote(account.address, AccountName.whyNotImportable, line: number))
        }
        let name = AccountName(stored: account.address)
        guard named.insert(name.text).inserted else {
            return note(ImportNote(name.text, AccountImporter.secondOfAName, line: number))
        }
        let arrival = Arrival(
            account: account, name: name, digests: (digests.line(line, of: name), digests.there(account)), line: number)
        try storing { () throws(StoreError) in try take(arrival) }
    }

    /// After the last account: those that are gone there.
    mutating func finish() throws(SourceError) {
        guard !isFinished else { return }
        isFinished = true
        let gone = try GoneAccounts.find(in: store, source: Store.exportSource, seen: named, added: added) { mark in
            (ExportMark(mark)?.state ?? .gone) == .gone
        }
        try storing { () throws(StoreError) in
            for (name, mark) in gone { try disable(name, mark) }
        }
    }

    /// Whether what an earlier import left of an account may come: not where another account is.
    func mayRemember(_ account: String) throws(StoreError) -> Bool {
        if came.contains(account) { return true }
        if left.contains(account) { return false }
        return try store.account(AccountName(stored: account)) == nil
    }

    // MARK: One account

    private mutating func take(_ arrival: Arrival) throws(StoreError) {
        let name = arrival.name
        let mark = try mark(of: name)
        guard let here = try store.accountRecord(name) else {
            guard mark == nil else { return keep(arrival, "was removed here: stays so") }
            // Several of one form may come of one export; no new one is made beside an account of Postern's own.
            let others = try store.accounts(sharingFormOf: name).filter { !named.contains($0) }
            for other in others where try self.mark(of: AccountName(stored: other)) == nil {
                return keep(arrival, "is here already as \(other), another spelling of it: left out")
            }
            return try put(arrival, over: nil, nil)
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
        let change = makeChange(name.text, here == nil ? "account add" : "account change", "imported from an export")
        for alias in arrival.account.aliases where SenderAddress(alias) == nil {
            note(ImportNote(name.text, "its alias \(alias) is no address: left out", line: arrival.line))
        }
        let fault = try store.restore(
            arrival.account, as: name, over: here,
            isNewMainPassword: mark?.mainGeneration != arrival.account.mainGeneration, change: change)
        if let fault {
            left.insert(name.text)
            return keep(arrival, "has \(fault.text): left out")
        }
        if here == nil { added += 1 }
        try remember(arrival)
        settle(arrival, here == nil ? .new : .changed)
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

    private func remember(_ arrival: Arrival) throws(StoreError) {
        guard let here = try store.accountRecord(arrival.name) else { return }
        let mark = ExportMark(
            line: arrival.digests.line, mainGeneration: arrival.account.mainGeneration, there: arrival.digests.there,
            here: digests.here(here))
        try set(mark, arrival.name)
    }

    private func set(_ mark: ExportMark, _ name: AccountName) throws(StoreError) {
        try store.setImportMark(mark.mark, source: Store.exportSource, of: name.text, item: "")
    }

    // MARK: Accounts that are gone

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
