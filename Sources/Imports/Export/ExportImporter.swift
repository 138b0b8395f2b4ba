import Bytes
package import Credentials
import FoundationEssentials

/// Brings the lines of an export into a store: what is new, and what changed there since the last time. What was changed on
/// both sides stays as it is here.
package struct ExportImporter {
    private static let policyItem = ImportMark.domainItems + "policy"

    private let store: Store
    private let keys: Keys
    private let digests: ExportDigests
    private let makeChange: (_ subject: String, _ action: String, _ detail: String) -> Change
    private let note: (ImportNote) -> Void
    private let decoder = JSONDecoder()
    private var accounts: ExportAccounts
    /// Their policies count after the accounts: what they do to app passwords is in the export already.
    private var domains: [(domain: StoreRecord.Domain, isNew: Bool, line: Int)] = []
    /// Whose policy is the export's.
    private var settledDomains: Set<String> = []
    private var count = 0
    private var hasHeader = false
    private var isComplete = false

    package init(
        store: Store, keys: Keys,
        makeChange: @escaping (_ subject: String, _ action: String, _ detail: String) -> Change,
        enter: @escaping (AccountImporter.Entry) -> Void,
        note: @escaping (ImportNote) -> Void
    ) {
        self.store = store
        self.keys = keys
        self.makeChange = makeChange
        self.note = note
        digests = ExportDigests(keys)
        accounts = ExportAccounts(store: store, digests: digests, makeChange: makeChange, enter: enter, note: note)
    }

    /// Reads an export to its end.
    package mutating func read(_ file: Int32, named name: String) throws(SourceError) {
        var lines = DumpLines()
        try FilePieces.each(of: file, named: name) { (piece) throws(SourceError) in
            try lines.feed(piece) { (line, number) throws(SourceError) in try take(line, number) }
        }
        try lines.end { (line, number) throws(SourceError) in try take(line, number) }
        guard isComplete else {
            throw .unusable("\(name) is cut off: its last record is missing; export again")
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>, _ number: Int) throws(SourceError) {
        let record: StoreRecord
        do { record = try decoder.decode(StoreRecord.self, from: Data(line)) } catch {
            throw .malformed(line: number, "this is no record of an export")
        }
        guard !isComplete else { throw .malformed(line: number, "a record after the last one") }
        if let end = record.end {
            guard hasHeader, end.records == count else {
                throw .malformed(line: number, "the export should have \(end.records) records and has \(count)")
            }
            try finishAccounts()
            isComplete = true
            return
        }
        count += 1
        guard hasHeader != (record.header != nil) else {
            throw .malformed(line: number, "the first record, and no other, says what export it is")
        }
        if let header = record.header {
            try check(header, number)
            hasHeader = true
        } else if let account = record.account {
            guard !accounts.isFinished else {
                throw .malformed(line: number, "an account behind what follows the accounts")
            }
            try accounts.take(account, line: Array(line), number)
        } else if let domain = record.domain {
            try storing { () throws(StoreError) in try begin(domain, number) }
        } else if let imported = record.imported {
            try finishAccounts()
            try storing { () throws(StoreError) in try take(imported, number) }
        } else {
            throw .malformed(line: number, "this is no record of an export")
        }
    }

    private func check(_ header: StoreRecord.Header, _ number: Int) throws(SourceError) {
        guard header.version == 1 else {
            throw .malformed(line: number, "an export of version \(header.version); install the newer Postern")
        }
        guard store.belongs(header, to: keys) else {
            throw .malformed(
                line: number,
                "the export was made under another key file; put that one in the place of this one before "
                    + "'postern init', or its app passwords and TOTP seeds would fit nothing")
        }
    }

    private mutating func finishAccounts() throws(SourceError) {
        try accounts.finish()
        let waiting = domains
        domains = []
        try storing { () throws(StoreError) in
            for (domain, isNew, line) in waiting {
                let isSettled = isNew ? try enforce(domain) : try change(domain, line)
                if isSettled { settledDomains.insert(domain.name) }
            }
        }
    }

    private mutating func begin(_ domain: StoreRecord.Domain, _ line: Int) throws(StoreError) {
        guard let name = AccountName("user@\(domain.name)")?.domain, !name.isEmpty else {
            return note(ImportNote(domain.name, "no domain", line: line))
        }
        // Of an export that is older than canonical names.
        var domain = domain
        domain.name = name
        let isNew = try store.domainRecord(domain.name) == nil
        if isNew, let fault = try store.restore(domain, over: nil, change: change(domain)) {
            return note(ImportNote(domain.name, "has \(fault.text): left out", line: line))
        }
        domains.append((domain, isNew, line))
    }

    /// What a policy that is new here does to what was here.
    private func enforce(_ domain: StoreRecord.Domain) throws(StoreError) -> Bool {
        try store.enforcePolicy(domain: domain.name, from: change(domain).at)
        try remember(domain)
        return true
    }

    /// - Returns: Whether it is the same here as there.
    private func change(_ domain: StoreRecord.Domain, _ line: Int) throws(StoreError) -> Bool {
        guard let here = try store.domainRecord(domain.name) else { return false }
        let marks = try store.importMarks(source: Store.exportSource, of: domain.name)
        guard let mark = ExportMark(marks[Self.policyItem]) else {
            if here.policy == domain.policy, here.mailbox == domain.mailbox { return true }
            note(ImportNote(domain.name, ExportAccounts.differs, line: line))
            return false
        }
        if mark.there == digests.policy(domain) { return true }
        guard mark.here == digests.policy(here) else {
            note(ImportNote(domain.name, ExportAccounts.changedOnBothSides, line: line))
            return false
        }
        if let fault = try store.restore(domain, over: here, change: change(domain)) {
            note(ImportNote(domain.name, "has \(fault.text): left out", line: line))
            return false
        }
        try remember(domain)
        return true
    }

    private func change(_ domain: StoreRecord.Domain) -> Change {
        makeChange(domain.name, "domain policy", "imported from an export")
    }

    private func remember(_ domain: StoreRecord.Domain) throws(StoreError) {
        guard let here = try store.domainRecord(domain.name) else { return }
        let there = digests.policy(domain)
        let mark = ExportMark(
            line: Array(there.prefix(ExportMark.lineLength)), mainGeneration: 0, there: there,
            here: digests.policy(here))
        try store.setImportMark(mark.mark, source: Store.exportSource, of: domain.name, item: Self.policyItem)
    }

    private func take(_ imported: StoreRecord.Imported, _ number: Int) throws(StoreError) {
        let mayCome =
            imported.item.hasPrefix(ImportMark.domainItems)
            ? settledDomains.contains(imported.account) : try accounts.mayRemember(imported.account)
        guard mayCome, let fault = try store.restore(imported) else { return }
        note(ImportNote(imported.account, "has \(fault.text): left out", line: number))
    }
}
