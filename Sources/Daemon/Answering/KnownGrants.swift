import Authentication
import Credentials

/// Generated app passwords that were presented, and what is left to be judged of each without asking the store, for as long as
/// nothing changed that an answer is made from.
///
/// What says so is the store's version (`SignInReader`): while it is the same, asking would give what it gave before.
struct KnownGrants: ~Copyable {
    /// Seconds in which the same way in is handed on once: what is handed on may be too early to be written, and the next one is not to
    /// be late for that.
    private static let markInterval = Store.markGranularity / 4
    /// Ways in that count as spaced in that time: one device that uses many by turns takes no room from others.
    private static let mostWays: UInt8 = 16

    /// Bytes of one half.
    private let limit: Int
    /// When the newer half is full, the older one goes. An entry that is used moves to the newer.
    private var newer = GrantTable()
    private var older = GrantTable()
    /// Of the store whose answers these are; nil: nothing is known now.
    private var version: Int?
    /// The last that there was.
    private var contents = 0

    /// - Parameter limit: Bytes of memory; some 120 for each grant.
    init(limit: Int) { self.limit = limit / 2 }

    /// To be called after requests arrived, and before they are answered from here.
    ///
    /// - Parameter version: Of the store, now.
    mutating func look(_ version: Int?) {
        self.version = version
        guard let version, version != contents else { return }
        (newer, older) = (GrantTable(), GrantTable())
        contents = version
    }

    // MARK: What is known

    /// Whether anything can be known now.
    var isKnowing: Bool { version != nil }

    /// Where more is to be judged than service and time, it is only remembered that this is so.
    ///
    /// - Parameters:
    ///   - verifier: One that is not among them.
    ///   - appPassword: A generated one.
    /// - Returns: Its number.
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

    /// The number of one that is known, until the next is added or found.
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

    /// One that is granted for a service at this moment.
    struct Known {
        fileprivate let index: Int
        fileprivate let entry: GrantTable.Entry
    }

    /// Nil where there is more to be judged than service and time, or these are against it.
    func grant(_ index: Int, _ service: Service, now: Timestamp) -> Known? {
        let entry = newer[index]
        return entry.standing?.allows(service, now: now) == true ? Known(index: index, entry: entry) : nil
    }

    func appendAppPassword(_ known: Known, to bytes: inout [UInt8]) {
        newer.appendAppPassword(known.entry, to: &bytes)
    }

    /// False if there is none of its own.
    func appendMailbox(_ known: Known, to bytes: inout [UInt8]) -> Bool {
        if known.entry.hasMailbox { newer.appendMailbox(known.entry, to: &bytes) }
        return known.entry.hasMailbox
    }

    /// Whether it is to be recorded that it was used in this way; false if that was handed on just before.
    func isNews(_ known: Known, _ way: GrantTable.Way, now: Timestamp) -> Bool {
        known.entry.way != way || !Self.isRecent(known.entry, now)
    }

    private static func isRecent(_ entry: GrantTable.Entry, _ now: Timestamp) -> Bool {
        (0..<markInterval).contains(now.seconds - entry.marked.seconds)
    }

    /// What is to be recorded.
    ///
    /// - Parameter account: The name that it was found by.
    /// - Returns: Also whether it is spaced from the last.
    mutating func signIn(_ known: Known, _ account: AccountName, _ way: GrantTable.Way, now: Timestamp)
        -> (signIn: SignIn, isSpaced: Bool)
    {
        var entry = known.entry
        if Self.isRecent(entry, now) {
            entry.ways = min(entry.ways + 1, Self.mostWays + 1)
        } else {
            entry.marked = now
            entry.ways = 1
        }
        entry.way = way
        newer[known.index] = entry
        let signIn = SignIn(
            account: account, credential: newer.id(entry), service: way.service,
            address: way.address.map { IPAddress(ipv4: $0) }, generation: entry.generation)
        return (signIn, entry.ways <= Self.mostWays)
    }
}
