import Bytes
package import Credentials
import FoundationEssentials

/// Brings the lines of an export into a store.
package struct ExportImporter {
    private let store: Store
    private let keys: Keys
    private let mac: KeyedMAC
    private let makeChange: (_ subject: String, _ action: String, _ detail: String) -> Change
    private let enter: (AccountImporter.Entry) -> Void
    private let note: (ImportNote) -> Void
    private let decoder = JSONDecoder()
    private let encoder = JSONEncoder()
    private var count = 0
    private var hasHeader = false
    private var isComplete = false
    /// Accounts that came, or are the same here: what is remembered of theirs comes, too.
    private var came: Set<String> = []
    /// Accounts one of whose addresses is still another's here, which may lose it to this very export.
    private var waiting: [(account: StoreRecord.Account, digest: [UInt8], line: Int)] = []

    package init(
        store: Store, keys: Keys,
        makeChange: @escaping (_ subject: String, _ action: String, _ detail: String) -> Change,
        enter: @escaping (AccountImporter.Entry) -> Void,
        note: @escaping (ImportNote) -> Void
    ) {
        self.store = store
        self.keys = keys
        mac = keys.imported
        encoder.outputFormatting = .sortedKeys
        self.makeChange = makeChange
        self.enter = enter
        self.note = note
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
        if record.account == nil {
            for one in exchange(&waiting, with: []) { try take(one.account, one.digest, one.line, isLast: true) }
        }
        if let end = record.end {
            guard end.records == count else {
                throw .malformed(line: number, "the export should have \(end.records) records and has \(count)")
            }
            isComplete = true
            return
        }
        count += 1
        guard hasHeader != (record.header != nil) else {
            throw .malformed(line: number, "the first record, and no other, says what export it is")
        }
        if let header = record.header {
            guard header.version == 1 else {
                throw .malformed(line: number, "an export of version \(header.version); install the newer Postern")
            }
            guard store.belongs(header, to: keys) else {
                throw .malformed(
                    line: number,
                    "the export was made under another key file; put that one in the place of this one before "
                        + "'postern init', or its app passwords and TOTP seeds would fit nothing")
            }
            hasHeader = true
        } else if let account = record.account {
            guard let name = AccountName.importable(account.address), name.text == account.address else {
                return note(ImportNote(account.address, AccountName.whyNotImportable, line: number))
            }
            try take(account, digest(Array(line), name), number, isLast: false)
        } else if let domain = record.domain {
            let change = makeChange(domain.name, "domain policy", "imported from an export")
            try settle(
                try storing { () throws(StoreError) in try store.restore(domain, change: change) }, domain.name, number)
        } else if let imported = record.imported {
            guard try mayRemember(imported.account) else { return }
            try settle(try storing { () throws(StoreError) in try store.restore(imported) }, imported.account, number)
        } else {
            throw .malformed(line: number, "this is no record of an export")
        }
    }

    /// Like an account of any other source, but as a whole: one that was changed on both sides stays as it is here.
    ///
    /// - Parameter isLast: Whether it does not wait any longer.
    private mutating func take(_ account: StoreRecord.Account, _ there: [UInt8], _ number: Int, isLast: Bool)
        throws(SourceError)
    {
        guard let name = AccountName(account.address) else { return }
        let mark = try storing { () throws(StoreError) in
            try store.importMarks(source: Store.exportSource, account: name)[""]
        }
        let here = try storing { () throws(StoreError) in try store.accountRecord(name) }
        if mark != nil, here == nil { return keep(name, "was removed here: stays so", number) }
        if let mark, mark.digest.starts(with: there) {
            came.insert(name.text)
            return enter(AccountImporter.Entry(account: name, outcome: .unchanged, content: []))
        }
        if let mark, let here, Array(mark.digest.dropFirst(there.count)) != digest(here, name) {
            return keep(name, "was changed here and there: left as it is", number)
        }
        let change = makeChange(name.text, here == nil ? "account add" : "account change", "imported from an export")
        let result = try storing { () throws(StoreError) in
            let result = try store.restore(
                account, as: name, over: here, replacing: mark != nil, change: change)
            switch result {
            case .success(.done), .success(.replaced):
                let both = there + (try store.accountRecord(name).map { digest($0, name) } ?? [])
                try store.setImportMark(
                    ImportMark(digest: both), source: Store.exportSource, account: name, item: "")
            case .success(.same), .success(.other), .success(.taken), .failure: break
            }
            return result
        }
        if case .success(.taken) = result, !isLast { return waiting.append((account, there, number)) }
        try settle(result, name.text, number)
        let outcome: AccountImporter.Outcome =
            switch result {
            case .success(.done): .new
            case .success(.replaced): .changed
            case .success(.same): .unchanged
            case .success(.other), .success(.taken), .failure: .kept
            }
        if outcome != .kept { came.insert(name.text) }
        enter(AccountImporter.Entry(account: name, outcome: outcome, content: []))
    }

    private func keep(_ name: AccountName, _ why: String, _ line: Int) {
        note(ImportNote(name.text, why, line: line))
        enter(AccountImporter.Entry(account: name, outcome: .kept, content: []))
    }

    /// Not of an account that is here and was left as it is.
    private func mayRemember(_ account: String) throws(SourceError) -> Bool {
        if came.contains(account) { return true }
        guard let name = AccountName(account) else { return false }
        return try storing { () throws(StoreError) in try store.account(name) } == nil
    }

    /// Of an account as it is here, but for what signing in changes.
    private func digest(_ account: StoreRecord.Account, _ name: AccountName) -> [UInt8] {
        var account = account
        account.generation = 0
        account.signIns = []
        account.mainHash = nil
        account.lastStep = nil
        account.appPasswords = account.appPasswords.map { one in
            var one = one
            (one.hash, one.tag, one.used) = (nil, nil, nil)
            return one
        }
        // Strings and numbers always encode.
        return digest((try? encoder.encode(account)).map(Array.init) ?? [], name)
    }

    private func digest(_ bytes: [UInt8], _ name: AccountName) -> [UInt8] {
        mac.mac(account: name.text, secret: Secret(bytes))
    }

    private func settle(_ result: Result<Store.Restored, RecordFault>, _ subject: String, _ line: Int)
        throws(SourceError)
    {
        switch result {
        case .success(.done), .success(.replaced), .success(.same): return
        case .success(.other): note(ImportNote(subject, "is here already, and differs: left as it is", line: line))
        case .success(.taken(let address)):
            note(ImportNote(subject, "\(address) is here an account, or another's alias: left out", line: line))
        case .failure(let fault): note(ImportNote(subject, "has \(fault.text): left out", line: line))
        }
    }
}
