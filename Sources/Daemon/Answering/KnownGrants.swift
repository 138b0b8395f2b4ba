import Authentication
import Credentials

/// A cache of generated app passwords that were presented, with what must still be checked for each when it is used
/// again without asking the store.
///
/// Entries hold as long as the store's version (`SignInReader.version`) is the same: until then the store would give
/// the same answers.
struct KnownGrants: ~Copyable {
    /// Seconds in which a sign-in that repeats the last way is recorded once. A quarter of what the store needs between
    /// marks: it may skip a record as too early, and then the next one must not be much too late.
    private static let markInterval = Store.markGranularity / 4
    /// Maximum number of an app password's spaced sign-ins in that time: one device that uses many ways in turns takes no room
    /// from others.
    private static let maxWays: UInt8 = 16

    /// Maximum size of one half, in bytes.
    private let limit: Int
    /// When the newer half is full, it replaces the older one. An older entry that is used moves to the newer half.
    private var newer = GrantTable()
    private var older = GrantTable()
    /// The store's version at the last `look`; nil if no entry can be used now.
    private var version: Int?
    /// The version that the entries belong to.
    private var contents = 0

    /// - Parameter limit: Bytes of memory; a grant takes about 120.
    init(limit: Int) { self.limit = limit / 2 }

    /// Drops all entries if the store's version has changed. Call after requests arrived and before answering them.
    ///
    /// - Parameter version: The store's present version.
    mutating func look(_ version: Int?) {
        self.version = version
        guard let version, version != contents else { return }
        (newer, older) = (GrantTable(), GrantTable())
        contents = version
    }

    // MARK: Entries

    /// Whether entries can be used now.
    var isKnowing: Bool { version != nil }

    /// Adds an entry. If more than service and time must be checked, it holds only that fact.
    ///
    /// - Parameters:
    ///   - verifier: Must not be in the cache yet.
    ///   - appPassword: A generated app password.
    /// - Returns: The number of the entry.
    mutating func add(
        _ verifier: AppPasswordVerifier, _ account: AccountState, _ appPassword: AppPassword, _ texts: GrantTable.Texts
    ) -> Int {
        makeRoom()
        return newer.add(verifier, account, appPassword, texts)
    }

    private mutating func makeRoom() {
        guard newer.bytes >= limit else { return }
        older = newer
        newer = GrantTable()
    }

    /// The number of an entry, valid until the next `add` or `find`; nil if there is none.
    mutating func find(_ verifier: AppPasswordVerifier) -> Int? {
        guard isKnowing else { return nil }
        return newer.find(verifier) ?? renew(verifier)
    }

    /// Moves an entry of the older half to the newer.
    private mutating func renew(_ verifier: AppPasswordVerifier) -> Int? {
        guard let index = older.find(verifier) else { return nil }
        let before = older
        makeRoom()
        newer.add(index, of: before)
        return newer.count - 1
    }

    /// An entry that is granted for a service now.
    struct Known {
        fileprivate let index: Int
        fileprivate let entry: GrantTable.Entry
    }

    /// The grant of an entry; nil if service or time do not allow it, or if more than these must be checked.
    func grant(_ index: Int, _ service: Service, now: Timestamp) -> Known? {
        let entry = newer[index]
        return entry.standing?.allows(service, now: now) == true ? Known(index: index, entry: entry) : nil
    }

    func appendAppPassword(_ known: Known, to bytes: inout [UInt8]) {
        newer.appendAppPassword(known.entry, to: &bytes)
    }

    /// Appends the account's own mailbox fields; false if it has none.
    func appendMailbox(_ known: Known, to bytes: inout [UInt8]) -> Bool {
        if known.entry.hasMailbox { newer.appendMailbox(known.entry, to: &bytes) }
        return known.entry.hasMailbox
    }

    /// Whether a use in this way must be recorded; false if the last recorded one was the same and recent.
    func isNews(_ known: Known, _ way: GrantTable.Way, now: Timestamp) -> Bool {
        known.entry.way != way || !Self.isRecent(known.entry, now)
    }

    private static func isRecent(_ entry: GrantTable.Entry, _ now: Timestamp) -> Bool {
        (0..<markInterval).contains(now.seconds - entry.marked.seconds)
    }

    /// The sign-in to record.
    ///
    /// - Parameter account: The name by which the entry was found.
    /// - Returns: The sign-in, and whether it counts as spaced (`maxWays`).
    mutating func signIn(_ known: Known, _ account: AccountName, _ way: GrantTable.Way, now: Timestamp)
        -> (signIn: SignIn, isSpaced: Bool)
    {
        var entry = known.entry
        if Self.isRecent(entry, now) {
            entry.ways = min(entry.ways + 1, Self.maxWays + 1)
        } else {
            entry.marked = now
            entry.ways = 1
        }
        entry.way = way
        newer[known.index] = entry
        let signIn = SignIn(
            account: account, credential: newer.id(entry), service: way.service,
            address: way.address.map { IPAddress(ipv4: $0) }, generation: entry.generation)
        return (signIn, entry.ways <= Self.maxWays)
    }
}
