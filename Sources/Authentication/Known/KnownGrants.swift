package import Credentials

/// Generated app passwords that were right: granted again without asking the store, for as long as nothing changed that an answer
/// is made from. Services and time are judged each time. For one thread.
///
/// What says so is the header of the write-ahead log's index: while it is the same, reading would give what it gave before. Where it
/// is another one, the version of the credentials tells whether what changed matters.
package final class KnownGrants {
    /// Entries of one half; at some 350 bytes each, both halves stay under 90 MiB.
    private static let limit = 131_072
    /// Seconds in which the same way in is handed on once.
    private static let markInterval: Int64 = 5

    /// When the newer half is full, the older one goes. An entry that is used moves to the newer.
    private var newer = GrantTable()
    private var older = GrantTable()
    private var version: Store.CredentialsVersion?
    /// Of the store whose answers these are; raised with each opening.
    private var opening = 0
    /// Nil: nothing is known now.
    private var header: LogHeader?

    package init() {}

    /// To be called after requests arrived, and before they are answered from here.
    ///
    /// - Parameter opening: Another number for each store that was opened.
    package func look(at store: Store?, opening: Int) {
        guard let store, let now = store.logHeader else { return header = nil }
        if opening == self.opening, now == header { return }
        header = nil
        // Read between two looks at the same header, it is the version of that very state.
        guard let found = try? store.credentialsVersion(), store.logHeader == now else { return }
        if opening != self.opening || found != version { forget() }
        (version, self.opening, header) = (found, opening, now)
    }

    /// Whether what was read since the last `look` is what there was then.
    package func isStill(_ store: Store) -> Bool { header != nil && store.logHeader == header }

    private func forget() {
        newer = GrantTable()
        older = GrantTable()
    }

    // MARK: What is known

    package func add(_ grant: Grant, _ verifier: Verifier, message: [UInt8], user: [UInt8], mailbox: [UInt8]) {
        guard case .appPassword(let appPassword) = grant.credential,
            let standing = Standing(appPassword, account: grant.account), newer.find(verifier) == nil
        else { return }
        makeRoom()
        newer.add(
            verifier, standing, grant,
            GrantTable.Texts(
                account: Array(grant.account.name.text.utf8), id: Array(appPassword.id.utf8), message: message,
                user: user, mailbox: mailbox))
    }

    private func makeRoom() {
        guard newer.count >= Self.limit else { return }
        older = newer
        newer = GrantTable()
    }

    /// One that is granted for a service at this moment.
    package struct Known {
        fileprivate let index: Int
        fileprivate let entry: GrantTable.Entry
    }

    package func find(_ verifier: Verifier, _ service: Service, now: Timestamp) -> Known? {
        guard header != nil else { return nil }
        if newer.find(verifier) == nil, let index = older.find(verifier) {
            let before = older
            makeRoom()
            newer.add(index, of: before)
        }
        guard let index = newer.find(verifier), newer[index].standing.allows(service, now: now) else { return nil }
        return Known(index: index, entry: newer[index])
    }

    package func message(_ known: Known) -> ArraySlice<UInt8> { newer.message(known.entry) }

    /// Fields of the reply.
    package func fields(_ known: Known, withMailbox: Bool) -> ArraySlice<UInt8> {
        newer.fields(known.entry, withMailbox: withMailbox)
    }

    /// What is to be recorded of it; nil if that was handed on a moment ago.
    package func signIn(_ known: Known, _ service: Service, _ address: IPAddress?, now: Timestamp) -> SignIn? {
        var hasher = Hasher()
        hasher.combine(service)
        hasher.combine(address)
        let way = hasher.finalize()
        let entry = known.entry
        if entry.way == way, (0..<Self.markInterval).contains(now.seconds - entry.marked.seconds) { return nil }
        newer[known.index].way = way
        newer[known.index].marked = now
        return SignIn(
            account: AccountName(stored: String(decoding: newer.account(entry), as: UTF8.self)),
            credential: String(decoding: newer.id(entry), as: UTF8.self), service: service, address: address,
            generation: entry.generation, isOfSession: entry.isOfSession)
    }
}
