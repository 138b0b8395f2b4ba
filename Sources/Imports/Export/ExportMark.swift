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
        /// It is in the export again, but closed there: how it was closed here when it was gone goes on.
        case backClosed

        var hasClosing: Bool { self == .gone || self == .backClosed }
    }

    /// Octets of a digest that only tells whether to look more closely.
    static let lineLength = 8

    var state = State.whole
    /// Of all that the export said, sign-ins and all.
    var line: [UInt8]
    /// The generation that its main password came with there.
    var mainGeneration: Int64
    var there: [UInt8]
    var here: [UInt8]
    /// Of one that is or was gone.
    var closing: Closing?

    init(line: [UInt8], mainGeneration: Int64, there: [UInt8], here: [UInt8]) {
        self.line = line
        self.mainGeneration = mainGeneration
        self.there = there
        self.here = here
    }

    /// Nil for what never came, and for what is no such mark.
    init?(_ mark: ImportMark?) {
        guard var rest = mark?.digest[...], let first = rest.popFirst(), let state = State(rawValue: first) else {
            return nil
        }
        self.state = state
        line = Array(rest.prefix(Self.lineLength))
        rest = rest.dropFirst(Self.lineLength)
        mainGeneration = number(rest.prefix(8))
        rest = rest.dropFirst(8)
        if state.hasClosing {
            closing = Closing(octets: rest.prefix(Closing.length))
            rest = rest.dropFirst(Closing.length)
        }
        there = Array(rest.prefix(rest.count / 2))
        here = Array(rest.dropFirst(rest.count / 2))
    }

    var mark: ImportMark {
        ImportMark(
            digest: [state.rawValue] + line + octets(mainGeneration) + (state.hasClosing ? closing?.octets ?? [] : [])
                + there + here)
    }
}

/// What tells whether something changed since an export.
struct ExportDigests {
    private let mac: KeyedMAC
    private let encoder = JSONEncoder()

    init(_ keys: Keys) {
        mac = keys.imported
        encoder.outputFormatting = .sortedKeys
    }

    /// Of the line of an export.
    func line(_ line: [UInt8], of account: AccountName) -> [UInt8] {
        Array(mac.mac(account: account.text, secret: Secret(line)).prefix(ExportMark.lineLength))
    }

    /// Of an account as it is there, but for what signing in changes.
    func there(_ account: StoreRecord.Account) -> [UInt8] {
        var account = account
        account.generation = 0
        account.signIns = []
        // Its generation tells of another one.
        (account.mainHash, account.mainIsMapped) = (nil, nil)
        (account.lastStep, account.usedSteps) = (nil, nil)
        account.recoveryCodes = account.recoveryCodes.map { code in
            var code = code
            code.used = nil
            return code
        }
        account.appPasswords = account.appPasswords.map { one in
            var one = one
            one.used = nil
            return one
        }
        return digest(account, of: account.address)
    }

    /// The same as it is here, where hashes change by themselves, and policies end app passwords.
    ///
    /// - Parameter closing: How it was closed when it was gone: that does not count.
    func here(_ account: StoreRecord.Account, without closing: Closing? = nil) -> [UInt8] {
        var account = account
        if let closing, closing.isOwn(account.disabledSince, until: account.disabledUntil) {
            account.disabledSince = closing.until
            account.disabledUntil = closing.until
        }
        // Its moment is lost when it is closed for good and then for that time again.
        if account.disabledUntil != nil { account.disabledSince = Timestamp(0) }
        account.appPasswords = account.appPasswords.map { one in
            var one = one
            (one.hash, one.tag, one.expires) = (nil, nil, nil)
            return one
        }
        return there(account)
    }

    /// Of what a domain says.
    func policy(_ domain: StoreRecord.Domain) -> [UInt8] {
        guard domain.mailbox != nil else { return digest(domain.policy, of: domain.name) }
        var domain = domain
        domain.generation = 0
        return digest(domain, of: domain.name)
    }

    private func digest(_ record: some Encodable, of subject: String) -> [UInt8] {
        // Strings and numbers always encode.
        mac.mac(account: subject, secret: Secret((try? encoder.encode(record)).map(Array.init) ?? []))
    }
}
