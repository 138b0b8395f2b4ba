package import Authentication
package import Credentials

/// Carries out the changes that operators, portals and account owners make to an installation. Each action is one
/// function that checks its arguments and records the change under `actor`. Nothing here knows a terminal or a command
/// line.
///
/// Every action may also throw `AdministrationError.unavailable`, if the store fails or no hash can be made.
package struct Administrator {
    /// The open store, for one thread at a time.
    package let store: Store
    /// The configuration of this installation.
    package let configuration: Configuration
    /// Who makes the changes, for the change record; printable text.
    package let actor: String
    let clock: @Sendable () -> Timestamp

    /// The keys of the store's secrets.
    package var keys: Keys { store.keys }

    /// Makes an administrator for an open store.
    ///
    /// - Parameter clock: Gives the time of each change; tests set it.
    package init(
        store: Store, configuration: Configuration, actor: String,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.store = store
        self.configuration = configuration
        self.actor = actor
        self.clock = clock
    }

    /// Reads a user name as sign-ins do: `default_domain` is appended to a name without a domain.
    ///
    /// - Throws: `Refusal.notAUserName`.
    package func name(_ text: String) throws(AdministrationError) -> AccountName {
        guard let name = AccountName(text, defaultDomain: configuration.defaultDomain) else {
            throw .refused(.notAUserName(text))
        }
        return name
    }

    /// Returns the account of a user name, in any of its spellings.
    ///
    /// - Throws: `Refusal.notAUserName`, `Refusal.noAccount`.
    package func account(_ text: String) throws(AdministrationError) -> AccountState {
        let name = try name(text)
        guard let account = try storing({ store throws(StoreError) in try store.account(name) }) else {
            throw .refused(.noAccount(name))
        }
        return account
    }

    /// Returns the name under which guesses and changes are recorded: the stored name if there is such an account, else
    /// the canonical one.
    ///
    /// - Throws: `Refusal.notAUserName`.
    package func recordedName(_ text: String) throws(AdministrationError) -> String {
        let name = try name(text)
        return try storing { store throws(StoreError) in try store.account(name)?.name.text ?? name.text }
    }

    /// Runs `body`, which needs random bytes.
    ///
    /// - Throws: `AdministrationError.unavailable` if the kernel has none.
    static func withRandom<R: ~Copyable>(
        _ body: () throws(RandomFailure) -> R
    ) throws(AdministrationError) -> R {
        do throws(RandomFailure) { return try body() } catch { throw .unavailable(.hash(.noRandom)) }
    }

    /// Runs `body` on the store.
    ///
    /// - Throws: `AdministrationError.unavailable` with the error of `body`, or `Refusal.sessionEnded` if the session of
    ///   the owner who acts has ended meanwhile.
    package func storing<R: ~Copyable>(_ body: (Store) throws(StoreError) -> R) throws(AdministrationError) -> R {
        do throws(StoreError) { return try body(store) } catch {
            throw error == .sessionEnded ? .refused(.sessionEnded) : .unavailable(.store(error))
        }
    }

    /// Makes an entry for the change record, with the present time.
    ///
    /// - Parameter subject: An account's name or a domain.
    package func change(_ subject: String, _ action: String, _ detail: String = "") -> Change {
        Change(at: clock(), actor: actor, subject: subject, action: action, detail: detail)
    }

    /// Changes an account and records it.
    ///
    /// - Parameter body: Returns false if there is no such account.
    /// - Throws: `Refusal.noAccount`.
    func change(
        _ account: AccountName, _ action: String, _ detail: String = "",
        _ body: (Change) throws(StoreError) -> Bool
    ) throws(AdministrationError) {
        try change(account, action, detail, unless: { _ in nil }, body)
    }

    /// Changes an account and records it, unless there is something against it at the time of the change.
    ///
    /// - Parameters:
    ///   - refusal: Returns why the account is not changed, if anything, as it is in the transaction of the change.
    ///   - body: Returns false if there is no such account.
    /// - Throws: `Refusal.noAccount`, or what `refusal` returns.
    func change(
        _ account: AccountName, _ action: String, _ detail: String = "",
        unless refusal: (AccountState) throws(StoreError) -> Refusal?, _ body: (Change) throws(StoreError) -> Bool
    ) throws(AdministrationError) {
        let change = change(account.text, action, detail)
        let refused = try storing { store throws(StoreError) in
            try store.durably { () throws(StoreError) -> Refusal? in
                guard let present = try store.account(account) else { return .noAccount(account) }
                if let refusal = try refusal(present) { return refusal }
                return try body(change) ? nil : .noAccount(account)
            }
        }
        if let refused { throw .refused(refused) }
    }
}

/// Why an action was not carried out; nothing was changed.
package enum AdministrationError: Error {
    /// The request was understood and refused.
    case refused(Refusal)
    /// No answer was possible now.
    case unavailable(Unavailability)
}
