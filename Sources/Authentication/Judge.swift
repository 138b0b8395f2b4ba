package import Credentials

/// What a process decides with: its keys, what it remembers, and what is configured. Holds no store: any thread may use it.
package final class Judge: Sendable {
    package let keys: Keys
    package let hasher: SlowHasher
    let rightSecrets: RightSecrets?
    let lookedSecrets: LookedSecrets?
    package let defaultDomain: String
    /// KiB.
    let hashMemoryLimit: Int64
    /// The budgets of guesses.
    package let throttling: Throttling
    /// Which senders an account may use.
    let senders: Senders
    let tlsElsewhereContexts: [String]
    /// How long granted sign-ins are kept.
    package let retention: Retention
    /// Where the app passwords of webmail sessions may be used.
    let webmailNetworks: [CIDR]
    let underWay = SecretsUnderWay()
    /// What time it is.
    package let clock: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - rightSecrets: What a process that answers many attempts remembers.
    ///   - lookedSecrets: The same.
    package init(
        keys: Keys, configuration: Configuration, rightSecrets: RightSecrets? = nil,
        lookedSecrets: LookedSecrets? = nil,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.keys = keys
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

    package func accountName(_ bytes: [UInt8]) -> AccountName? { AccountName(bytes, defaultDomain: defaultDomain) }

    /// What is known of an attempt before the store is asked.
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
