package import Credentials

/// Decides attempts: holds the keys, the configuration and what this process remembers, but no store. Any thread may
/// use it.
package final class Judge: Sendable {
    /// The keys for the MACs of secrets.
    package let keys: Keys
    /// Computes slow hashes.
    package let hasher: SlowHasher
    let rightSecrets: RightSecrets?
    let lookedSecrets: LookedSecrets?
    /// Appended to user names without `@`; empty: none.
    package let defaultDomain: String
    /// KiB; a stored hash that asks for more is not verified.
    let hashMemoryLimit: Int64
    /// The budgets of guesses.
    package let throttling: Throttling
    /// Decides which envelope senders an account may use.
    let senders: Senders
    let tlsElsewhereContexts: [String]
    /// How long the sign-in history and previous main passwords are kept.
    package let retention: Retention
    /// Networks that the app passwords of webmail sessions may be used from.
    let webmailNetworks: [CIDR]
    let inFlight: InFlightGuesses
    /// Returns the present time.
    package let clock: @Sendable () -> Timestamp

    /// Takes limits and budgets from the configuration.
    ///
    /// - Parameters:
    ///   - rightSecrets: For a process that answers many attempts; nil: no right secret is remembered.
    ///   - lookedSecrets: Likewise; nil: no other secret is remembered in memory.
    ///   - leave: Gives back a place in the store, for a process that shares it with other machines; nil: no place is
    ///     taken there.
    package init(
        keys: Keys, configuration: Configuration, rightSecrets: RightSecrets? = nil,
        lookedSecrets: LookedSecrets? = nil, leave: (@Sendable (Place) -> Void)? = nil,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.keys = keys
        inFlight = InFlightGuesses(leave: leave)
        self.rightSecrets = rightSecrets
        self.lookedSecrets = lookedSecrets
        self.clock = clock
        hasher = SlowHasher(configuration)
        defaultDomain = configuration.defaultDomain
        hashMemoryLimit = Int64(configuration.hashMemoryLimit)
        throttling = Throttling(configuration)
        senders = Senders(configuration)
        tlsElsewhereContexts = configuration.tlsElsewhereContexts
        retention = configuration.retention
        webmailNetworks = configuration.webmailNetworks
    }

    /// Reads a user name as the client sent it; nil if it is malformed.
    package func accountName(_ bytes: [UInt8]) -> AccountName? { AccountName(bytes, defaultDomain: defaultDomain) }

    /// Returns what is known of an attempt before the store is asked.
    ///
    /// - Parameter problem: As in `Facts`; printable ASCII.
    func facts(_ attempt: Attempt, isPreview: Bool, problem: String?) -> Facts {
        let name = problem == nil ? accountName(attempt.userName) : nil
        let identity = attempt.authorizationIdentity
        let isForeign = !identity.isEmpty && accountName(identity) != name
        let service = Service(channelName: attempt.service)
        return Facts(
            attempt: attempt, isPreview: isPreview, problem: problem, name: name, service: service,
            foreignIdentity: isForeign ? LogText.encode(identity) : nil,
            wantsSession: !isPreview && attempt.wantsAppPassword && service == .web && attempt.session?.isEmpty == false
                && !webmailNetworks.isEmpty,
            now: clock())
    }
}
