package import Credentials

/// Generated app passwords that were right: granted again without asking the store, for as long as nothing changed that an answer
/// is made from. Services and time are judged each time.
///
/// What says so is the store's version (`SignInReader`): while it is the same, asking would give what it gave before.
package struct KnownGrants: ~Copyable {
    /// Seconds in which the same way in is handed on once: what is handed on may be too early to be written, and the next one is not to
    /// be late for that.
    private static let markInterval = Store.markGranularity / 4

    /// Bytes of one half.
    private let limit: Int
    /// When the newer half is full, the older one goes. An entry that is used moves to the newer.
    private var newer = GrantTable()
    private var older = GrantTable()
    /// Of the store whose answers these are; nil: nothing is known now.
    private var version: Int?
    /// The last that there was.
    private var contents = 0

    /// - Parameter limit: Bytes of memory; some 200 for each grant.
    package init(limit: Int) { self.limit = limit / 2 }

    /// To be called after requests arrived, and before they are answered from here.
    ///
    /// - Parameter version: Of the store, now.
    package mutating func look(_ version: Int?) {
        self.version = version
        guard let version, version != contents else { return }
        forget()
        contents = version
    }

    private mutating func forget() {
        newer = GrantTable()
        older = GrantTable()
    }

    // MARK: What is known

    /// Whether nothing but service and time is to be judged the next time.
    package static func mayKnow(_ grant: Grant) -> Bool { standing(grant) != nil }

    private static func standing(_ grant: Grant) -> Standing? {
        guard case .appPassword(let appPassword) = grant.credential, appPassword.kind == .generated else { return nil }
        return Standing(appPassword, account: grant.account)
    }

    /// - Parameters:
    ///   - appPassword: What the log says of it, beginning with its id.
    ///   - mailbox: What the reply says of it, encoded.
    package mutating func add(_ grant: Grant, _ verifier: Verifier, appPassword: [UInt8], mailbox: [UInt8]) {
        guard let standing = Self.standing(grant), newer.find(verifier) == nil else { return }
        makeRoom()
        newer.add(
            verifier, standing, grant,
            GrantTable.Texts(
                account: Array(grant.account.name.text.utf8), appPassword: appPassword,
                idLength: grant.credential.name.utf8.count, mailbox: mailbox))
    }

    private mutating func makeRoom() {
        guard newer.bytes >= limit else { return }
        older = newer
        newer = GrantTable()
    }

    /// One that is granted for a service at this moment.
    package struct Known {
        fileprivate let index: Int
        fileprivate let entry: GrantTable.Entry
    }

    package mutating func find(_ verifier: Verifier, _ service: Service, now: Timestamp) -> Known? {
        guard version != nil, let index = newer.find(verifier) ?? renew(verifier) else { return nil }
        let entry = newer[index]
        return entry.standing.allows(service, now: now) ? Known(index: index, entry: entry) : nil
    }

    /// Moves an entry of the older half to the newer.
    private mutating func renew(_ verifier: Verifier) -> Int? {
        guard let index = older.find(verifier) else { return nil }
        let before = older
        makeRoom()
        newer.add(index, of: before)
        return newer.count - 1
    }

    package func appendAccount(_ known: Known, to bytes: inout [UInt8]) {
        newer.appendAccount(known.entry, to: &bytes)
    }

    package func appendAppPassword(_ known: Known, to bytes: inout [UInt8]) {
        newer.appendAppPassword(known.entry, to: &bytes)
    }

    package func appendMailbox(_ known: Known, to bytes: inout [UInt8]) {
        newer.appendMailbox(known.entry, to: &bytes)
    }

    /// What is to be recorded of it; nil if it was handed on just before.
    ///
    /// - Parameter address: IPv4, or none.
    package mutating func signIn(_ known: Known, _ service: Service, _ address: UInt32?, now: Timestamp) -> SignIn? {
        let way = GrantTable.Way(service: service, address: address)
        let entry = known.entry
        if entry.way == way, (0..<Self.markInterval).contains(now.seconds - entry.marked.seconds) { return nil }
        newer[known.index].way = way
        newer[known.index].marked = now
        return SignIn(
            account: AccountName(stored: newer.account(entry)), credential: newer.id(entry), service: service,
            address: address.map { IPAddress(ipv4: $0) }, generation: entry.generation,
            isOfSession: entry.isOfSession)
    }
}
