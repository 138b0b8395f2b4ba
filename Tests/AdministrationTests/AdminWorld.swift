import Administration
import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// An entry of the change record without its time.
struct Entry: Equatable, Sendable {
    let actor: String
    let subject: String
    let action: String
    let detail: String

    /// An entry that the administrator of an `AdminWorld` leaves.
    init(_ subject: String, _ action: String, _ detail: String = "") {
        actor = AdminWorld.actor
        self.subject = subject
        self.action = action
        self.detail = detail
    }

    /// An entry of the store.
    init(_ change: Change) {
        actor = change.actor
        subject = change.subject
        action = change.action
        detail = change.detail
    }
}

/// An installation with an administrator and the account alice@example.org, on a clock that the test sets.
final class AdminWorld {
    static let actor = "root (sudo from olga)"
    static let address = "alice@example.org"
    static let mainPassword = "main secret"
    /// Seconds.
    static let day: Int64 = 86_400

    let world: World
    let admin: Administrator
    /// The account.
    let alice: AccountName
    private var entriesRead: Int

    /// - Parameter settings: Lines of the configuration file.
    init(_ settings: String = "") throws {
        let world = try World("guess_free = 1000\nguess_account_limit = 10000\n" + settings)
        let clock = world.clock
        self.world = world
        alice = try world.addAccount(Self.address, password: Self.mainPassword)
        admin = Administrator(
            store: world.store, configuration: world.configuration, actor: Self.actor, clock: { clock.now })
        entriesRead = try world.store.changes().count
    }

    var store: Store { world.store }
    var now: Timestamp { world.clock.now }

    func advance(seconds: Int64) { world.clock.advance(seconds: seconds) }

    /// The time so many days after now.
    func after(days: Int64) -> Timestamp { now.adding(seconds: days * Self.day) }

    /// The account as it is now.
    func state() throws -> AccountState { try admin.account(Self.address) }

    // MARK: What an action leaves

    /// Returns the entries of the change record since the last call; each must be of the present time.
    func newEntries(sourceLocation: SourceLocation = #_sourceLocation) throws -> [Entry] {
        let all = try store.changes()
        let new = all.dropFirst(entriesRead)
        entriesRead = all.count
        let areOfNow = new.allSatisfy { $0.at == now }
        #expect(areOfNow, "an entry has another time", sourceLocation: sourceLocation)
        return new.map { Entry($0) }
    }

    /// Returns all that is in the database, as SQL.
    func dump() throws -> String {
        let dumped = try world.stored.dump()
        guard dumped.contains("CREATE TABLE account") else { throw TestFailure("no accounts in \(dumped)") }
        return dumped
    }

    /// Whether a text is anywhere in the database.
    func holds(_ text: String) throws -> Bool { try dump().contains(text) }

    /// Expects that an action is refused, with this case and these values, and leaves the database as it was.
    func expectRefused(
        _ expected: Refusal, sourceLocation: SourceLocation = #_sourceLocation, _ action: () throws -> Void
    ) throws {
        let before = try dump()
        let refusal = try findRefusal(action)
        let isUnchanged = try dump() == before
        // A refusal has no `==`; its description has the case and all values.
        let (found, wanted) = (refusal.map { "\($0)" } ?? "carried out", "\(expected)")
        #expect(found == wanted, sourceLocation: sourceLocation)
        #expect(isUnchanged, "\(wanted): something was changed", sourceLocation: sourceLocation)
    }

    // MARK: Signing in

    /// Returns "granted", the reason of a denial, or why there is no answer.
    func signIn(
        _ secret: String, _ service: String = "imap", as user: String = AdminWorld.address,
        from address: String = "192.0.2.7", code: String = ""
    ) -> String {
        let attempt = world.attempt(user, secret, service: service, from: address, code: code)
        return switch world.authenticator.decide(attempt).outcome {
        case .granted: "granted"
        case .denied(let denial): denial.reason.rawValue
        case .unavailable(let failure): failure.explanation
        }
    }

    /// Returns the app password of a webmail's session that the account opens.
    func openSession() throws -> (id: String, secret: String) {
        let attempt = Attempt(
            userName: Array(Self.address.utf8), secret: Secret(Array(Self.mainPassword.utf8)), service: "web",
            address: IPAddress("192.0.2.7"), session: [1], wantsAppPassword: true)
        guard case .granted(let grant) = world.authenticator.decide(attempt).outcome, let session = grant.session else {
            throw TestFailure("no session was opened")
        }
        return (session.id, text(session.secret.copy()))
    }

    /// Records a sign-in of the account.
    ///
    /// - Parameter credential: An id, or `Store.mainCredential`.
    func mark(
        _ credential: String, _ service: Service, at time: Timestamp? = nil, from address: String = "192.0.2.7"
    ) throws {
        let signIn = SignIn(
            account: alice, credential: credential, service: service, address: IPAddress(address), generation: 1)
        try store.mark(signIn, at: time ?? now, world.configuration.retention)
    }

    /// Makes an app password of the account and returns its id and its secret as it is shown.
    func create(
        _ new: NewAppPassword = NewAppPassword(name: "Phone"), isCompact: Bool = false
    ) throws -> (id: String, secret: String) {
        let prepared = try admin.prepare(new, isCompact: isCompact, for: alice)
        let secret = text(prepared.secret)
        return (try admin.add(prepared), secret)
    }

    /// The app password of the account with this id.
    func appPassword(_ id: String) throws -> AppPassword {
        try #require(try store.appPassword(id: id, account: alice))
    }
}

/// Returns what an action is refused with; nil: it was carried out.
func findRefusal(_ action: () throws -> Void) throws -> Refusal? {
    do {
        try action()
        return nil
    } catch AdministrationError.refused(let refusal) {
        return refusal
    }
}

/// A text as a secret.
func secret(_ text: String) -> Secret { Secret(Array(text.utf8)) }
