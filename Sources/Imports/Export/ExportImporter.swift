import Bytes
package import Credentials
import FoundationEssentials

/// Imports an export of another Postern, by the same rules as other imports.
package struct ExportImporter {
    private static let policyItem = ImportMark.domainItems + "policy"

    private let store: Store
    private let digests: ImportDigests
    private let permissions: AccountImporter.Permissions
    private let makeChange: (_ subject: String, _ action: String, _ detail: String) -> Change
    private let note: (ImportNote) -> Void
    private let decoder = JSONDecoder()
    private var accounts: AccountImporter
    private var isFinished = false
    /// The domains of the export. Their policies are applied after the accounts: what they did to app passwords is in
    /// the export already.
    private var domains: [(domain: StoreRecord.Domain, isNew: Bool, line: Int)] = []
    /// The domains whose policy is that of the export, by name.
    private var settledDomains: Set<String> = []
    /// Records that were read.
    private var count = 0
    /// Converts secrets between keys; nil until the header was read.
    private var carrier: KeyCarrier?
    private var isComplete = false

    /// Makes an importer into a store; the parameters are those of `AccountImporter`.
    package init(
        store: Store, keys: Keys, permissions: AccountImporter.Permissions, former: Store.FormerChange,
        makeChange: @escaping (_ subject: String, _ action: String, _ detail: String) -> Change,
        enter: @escaping (AccountImporter.Entry) -> Void, note: @escaping (ImportNote) -> Void
    ) {
        self.store = store
        self.permissions = permissions
        self.makeChange = makeChange
        self.note = note
        digests = ImportDigests(keys)
        accounts = AccountImporter(
            source: Store.exportSource, store: store, keys: keys, permissions: permissions, former: former,
            makeChange: makeChange, enter: enter, note: note)
    }

    /// Imports an export to its end.
    ///
    /// - Throws: `SourceError.malformed` or `.unusable` if it is damaged, incomplete or of another key file; `.store`.
    package mutating func read(_ file: Int32, named name: String) throws(SourceError) {
        var lines = DumpLines()
        try FilePieces.each(of: file, named: name) { (piece) throws(SourceError) in
            try lines.feed(piece) { (line, number) throws(SourceError) in try importLine(line, number) }
        }
        try lines.end { (line, number) throws(SourceError) in try importLine(line, number) }
        guard isComplete else {
            throw .unusable("\(name) is cut off: its last record is missing; export again")
        }
    }

    private mutating func importLine(_ line: ArraySlice<UInt8>, _ number: Int) throws(SourceError) {
        let record: StoreRecord
        do { record = try decoder.decode(StoreRecord.self, from: Data(line)) } catch {
            throw .malformed(line: number, "this is not a record of an export")
        }
        guard !isComplete else {
            throw .malformed(line: number, "there is a record after the end record; export again")
        }
        if let end = record.end {
            guard carrier != nil, end.records == count else {
                throw .malformed(
                    line: number, "the export should have \(end.records) records but has \(count); export again")
            }
            try finishAccounts()
            isComplete = true
            return
        }
        count += 1
        guard (carrier != nil) != (record.header != nil) else {
            throw .malformed(line: number, "the first record, and only the first, must be the header; export again")
        }
        if let header = record.header {
            carrier = try check(header, number)
        } else if let account = record.account, let carrier {
            guard !isFinished else {
                throw .malformed(line: number, "an account after the marks of imports; export again")
            }
            try storing { () throws(StoreError) in try importAccount(account, carrier, number) }
        } else if let domain = record.domain {
            try storing { () throws(StoreError) in try begin(domain, number) }
        } else if var imported = record.imported, let carrier {
            imported.carry(carrier)
            try finishAccounts()
            try storing { () throws(StoreError) in try importMark(imported, number) }
        } else {
            throw .malformed(line: number, "this is not a record of an export")
        }
    }

    private func check(_ header: StoreRecord.Header, _ number: Int) throws(SourceError) -> KeyCarrier {
        guard header.version == 1 else {
            throw .malformed(
                line: number, "the export has version \(header.version); install a Postern that can read it")
        }
        guard let carrier = store.carrier(of: header) else {
            throw .malformed(
                line: number,
                "the export was made with another key file; install that key file before 'postern init', otherwise its "
                    + "app passwords and TOTP seeds would not work")
        }
        return carrier
    }

    // MARK: Accounts

    private mutating func importAccount(_ exported: StoreRecord.Account, _ carrier: KeyCarrier, _ number: Int)
        throws(StoreError)
    {
        // The stored name, which may not be the canonical spelling: its secrets are bound to the stored name.
        guard let read = AccountName(exported.address), read.isSafeInPath,
            (read.spelling ?? read.text).utf8.elementsEqual(exported.address.utf8)
        else {
            return note(ImportNote(exported.address, AccountName.whyNotImportable, line: number))
        }
        let name = AccountName(stored: exported.address)
        let incoming = SourceAccount(name: name, digest: digest(exported), line: number)
        var account = exported
        account.carry(carrier)
        let digests = digests
        let marks = try accounts.importAccount(incoming) { (old, marks, extent) throws(StoreError) in
            let mark = ImportMark(
                digest: digests.digest(of: "\(account.mainGeneration)".utf8, account: account.address))
            var proposal = ImportProposal(account)
            proposal.marks = extent == .newAppPasswords ? marks : [ImportProposal.mainPasswordItem: mark]
            for alias in account.aliases where extent == .whole && SenderAddress(alias) == nil {
                proposal.notes.append("its alias \(alias) is not an address; skipped")
            }
            guard let old else { return proposal }
            if extent == .whole {
                proposal.record.keepEnds(of: old)
                proposal.record.keepUses(of: old)
                proposal.isNewMainPassword = marks[ImportProposal.mainPasswordItem] != mark
                return proposal
            }
            proposal.record = old
            let known = Set(old.appPasswords.map(\.id))
            proposal.record.appPasswords += account.appPasswords.filter {
                $0.revoked == nil && !known.contains($0.id)
            }
            return proposal
        }
        // Codes that were used in the source must not work in Postern.
        guard marks != nil, let fault = try store.restoreUses(of: account, as: name) else { return }
        note(ImportNote(name.text, "\(fault.text); its last uses are skipped", line: number))
    }

    /// Returns the digest of an account without what signing in changes. Hashes are left out, too: they change by
    /// themselves, and the generation shows other changes.
    private func digest(_ account: StoreRecord.Account) -> [UInt8] {
        var account = account
        account.signIns = []
        (account.mainHash, account.mainIsMapped) = (nil, nil)
        (account.lastStep, account.usedSteps) = (nil, nil)
        for index in account.recoveryCodes.indices { account.recoveryCodes[index].used = nil }
        for index in account.appPasswords.indices {
            account.appPasswords[index].used = nil
            (account.appPasswords[index].hash, account.appPasswords[index].tag) = (nil, nil)
        }
        return digest(account, of: account.address)
    }

    private func digest(_ record: some Encodable, of subject: String) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Strings and numbers always encode.
        return digests.digest(of: (try? encoder.encode(record)) ?? Data(), account: subject)
    }

    private mutating func finishAccounts() throws(SourceError) {
        guard !isFinished else { return }
        isFinished = true
        try accounts.finish()
        try storing { () throws(StoreError) in
            for (domain, isNew, line) in domains {
                if isNew {
                    // A new policy also applies to the app passwords that were in Postern before.
                    try store.enforcePolicy(domain: domain.name, from: change(domain).at)
                    try remember(domain, isIncomplete: false)
                } else {
                    try self.change(domain, line)
                    // The policy in force also applies to new app passwords.
                    try store.enforcePolicy(domain: domain.name, from: change(domain).at)
                }
            }
        }
    }

    // MARK: Domains

    private mutating func begin(_ domain: StoreRecord.Domain, _ line: Int) throws(StoreError) {
        guard let name = AccountName("user@\(domain.name)")?.domain, !name.isEmpty else {
            return note(ImportNote(domain.name, "not a domain; skipped", line: line))
        }
        // An export may be older than canonical names.
        var domain = domain
        domain.name = name
        let isNew = try store.domainRecord(domain.name) == nil
        if isNew, let fault = try store.restore(domain, over: nil, change: change(domain)) {
            return note(ImportNote(domain.name, "\(fault.text); skipped", line: line))
        }
        domains.append((domain, isNew, line))
    }

    /// Imports the policy of a domain that has one in Postern.
    private mutating func change(_ domain: StoreRecord.Domain, _ line: Int) throws(StoreError) {
        guard let old = try store.domainRecord(domain.name) else { return }
        let mark = try store.importMarks(source: Store.exportSource, of: domain.name)[Self.policyItem]
        switch ImportAction(mark: mark, digest: digest(domain), generation: old.generation) {
        case .unchanged: settledDomains.insert(domain.name)
        case .skipForeign where old.policy == domain.policy && old.mailbox == domain.mailbox:
            settledDomains.insert(domain.name)
        case .skipForeign, .add, .skipRemoved:
            note(ImportNote(domain.name, "exists in Postern already, and differs: left as it is", line: line))
        case .adopt:
            note(ImportNote(domain.name, AccountImporter.adopted, line: line))
            try remember(domain, isIncomplete: false)
        case .leave: note(ImportNote(domain.name, AccountImporter.changedOnBothSides, line: line))
        case .update:
            var new = domain
            var loosening = Loosening(now: .now())
            if !permissions.allowsLoosening { loosening.withhold(from: &new.policy, over: old.policy) }
            for text in loosening.withheld {
                note(ImportNote(domain.name, text + ": withheld", line: line, isWithheld: true))
            }
            if new.policy != old.policy || new.mailbox != old.mailbox,
                let fault = try store.restore(new, over: old, change: change(domain))
            {
                return note(ImportNote(domain.name, "\(fault.text); skipped", line: line))
            }
            try remember(domain, isIncomplete: !loosening.withheld.isEmpty)
        }
    }

    private func change(_ domain: StoreRecord.Domain) -> Change {
        makeChange(domain.name, "domain policy", "imported from \(Store.exportSource)")
    }

    private mutating func remember(_ domain: StoreRecord.Domain, isIncomplete: Bool) throws(StoreError) {
        settledDomains.insert(domain.name)
        let mark = ImportMark(
            digest: digest(domain), generation: try store.domainRecord(domain.name)?.generation,
            isIncomplete: isIncomplete)
        try store.setImportMarks([Self.policyItem: mark], source: Store.exportSource, of: domain.name)
    }

    /// Returns the digest of a domain without its generation, which each change of any domain raises.
    private func digest(_ domain: StoreRecord.Domain) -> [UInt8] {
        var domain = domain
        domain.generation = 0
        return digest(domain, of: domain.name)
    }

    // MARK: Marks of other imports

    /// Imports a mark of an account or a domain if Postern has that as the export has it, or if there is no such
    /// account.
    private func importMark(_ imported: StoreRecord.Imported, _ number: Int) throws(StoreError) {
        let subject = imported.account
        let isWanted: Bool
        if imported.item.hasPrefix(ImportMark.domainItems) {
            isWanted = settledDomains.contains(subject)
        } else if accounts.seen.contains(subject) {
            isWanted = accounts.settled.contains(subject)
        } else {
            isWanted = try store.account(AccountName(stored: subject)) == nil
        }
        let replaces = accounts.restored.contains(subject)
        guard isWanted, let fault = try store.restore(imported, replaces: replaces) else { return }
        note(ImportNote(subject, "\(fault.text); skipped", line: number))
    }
}
