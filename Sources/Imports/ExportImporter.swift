import Bytes
package import Credentials
import FoundationEssentials

/// Brings the lines of an export into a store.
package struct ExportImporter {
    private let store: Store
    private let keys: Keys
    private let enter: (AccountImporter.Entry) -> Void
    private let note: (ImportNote) -> Void
    private let decoder = JSONDecoder()
    private var count = 0
    private var hasHeader = false
    private var isComplete = false

    package init(
        store: Store, keys: Keys, enter: @escaping (AccountImporter.Entry) -> Void,
        note: @escaping (ImportNote) -> Void
    ) {
        self.store = store
        self.keys = keys
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
            try take(account, line, number)
        } else if let domain = record.domain {
            try settle(try storing { () throws(StoreError) in try store.restore(domain) }, domain.name, number)
        } else if let imported = record.imported {
            try settle(try storing { () throws(StoreError) in try store.restore(imported) }, imported.account, number)
        } else {
            throw .malformed(line: number, "this is no record of an export")
        }
    }

    /// Like an account of any other source: one that was changed there since comes again, as a whole.
    private func take(_ account: StoreRecord.Account, _ line: ArraySlice<UInt8>, _ number: Int) throws(SourceError) {
        guard let name = AccountName.importable(account.address), name.text == account.address else {
            return note(ImportNote(account.address, AccountName.whyNotImportable, line: number))
        }
        let digest = keys.imported.mac(account: name.text, secret: Secret(Array(line)))
        let source = Store.exportSource
        let result = try storing { () throws(StoreError) -> Result<Store.Restored, RecordFault> in
            let old = try store.importMarks(source: source, account: name)[""]
            if old?.digest == digest, try store.account(name) != nil { return .success(.same) }
            let result = try store.restore(account, as: name, replacing: old != nil)
            switch result {
            case .success(.done), .success(.replaced):
                try store.setImportMark(ImportMark(digest: digest), source: source, account: name, item: "")
            case .success(.same), .success(.other), .success(.taken), .failure: break
            }
            return result
        }
        var outcome = AccountImporter.Outcome.kept
        if case .success(let restored) = result {
            switch restored {
            case .done: outcome = .new
            case .replaced: outcome = .changed
            case .same: outcome = .unchanged
            case .other, .taken: break
            }
        }
        try settle(result, name.text, number)
        enter(AccountImporter.Entry(account: name, outcome: outcome, content: []))
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

    private func storing<R>(_ body: () throws(StoreError) -> R) throws(SourceError) -> R {
        do { return try body() } catch { throw .store(error) }
    }
}
