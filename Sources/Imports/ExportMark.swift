import Bytes
import Credentials
import FoundationEssentials

/// How something was in an export, and how it was here after it had come.
struct ExportMark {
    enum State: UInt8 {
        case whole
        /// Without aliases that were others' here.
        case partial
        /// It was not in the last export.
        case gone
    }

    let there: [UInt8]
    let here: [UInt8]
    let state: State

    init(there: [UInt8], here: [UInt8], state: State = .whole) {
        self.there = there
        self.here = here
        self.state = state
    }

    /// Nil for what never came, and for what is no such mark.
    init?(_ mark: ImportMark?) {
        guard let mark, let first = mark.digest.first, let state = State(rawValue: first) else { return nil }
        let digests = mark.digest.dropFirst()
        there = Array(digests.prefix(digests.count / 2))
        here = Array(digests.dropFirst(digests.count / 2))
        self.state = state
    }

    var mark: ImportMark { ImportMark(digest: [state.rawValue] + there + here) }
}

/// What tells whether something changed since an export.
struct ExportDigests {
    private let mac: KeyedMAC
    private let encoder = JSONEncoder()

    init(_ keys: Keys) {
        mac = keys.imported
        encoder.outputFormatting = .sortedKeys
    }

    /// Of an account as the line of an export has it.
    func digest(line: [UInt8], _ account: AccountName) -> [UInt8] {
        mac.mac(account: account.text, secret: Secret(line))
    }

    /// Of an account as it is here, but for what signing in changes.
    func digest(_ account: StoreRecord.Account) -> [UInt8] {
        var account = account
        account.generation = 0
        account.signIns = []
        account.mainHash = nil
        account.lastStep = nil
        account.recoveryCodes = account.recoveryCodes.map { code in
            var code = code
            code.used = nil
            return code
        }
        account.appPasswords = account.appPasswords.map { one in
            var one = one
            (one.hash, one.tag, one.used) = (nil, nil, nil)
            return one
        }
        return digest(account, of: account.address)
    }

    /// Of what a domain's policy says.
    func digest(_ domain: StoreRecord.Domain) -> [UInt8] {
        var domain = domain
        domain.generation = 0
        return digest(domain, of: domain.name)
    }

    private func digest(_ record: some Encodable, of subject: String) -> [UInt8] {
        // Strings and numbers always encode.
        mac.mac(account: subject, secret: Secret((try? encoder.encode(record)).map(Array.init) ?? []))
    }
}
