package import Credentials

/// The budgets of guesses, as configured.
package struct Throttling: Sendable {
    /// Seconds in which guesses count.
    private let window: Int64
    /// Seconds that a wrong secret is remembered.
    private let memory: Int64
    /// Guesses before the first wait; also how many accounts of one network may have a first wrong secret that is no
    /// guess.
    let free: Int
    private let waitFirst: Int64
    private let waitGrowth: Int64
    private let waitLongest: Int64
    /// Guesses at one account from networks that are new to it.
    let accountLimit: Int
    private let trusted: [CIDR]

    /// Takes limits and waits from the configuration.
    package init(_ configuration: Configuration) {
        window = Int64(configuration.guessWindow)
        memory = Int64(configuration.guessMemory)
        free = configuration.guessFree
        waitFirst = Int64(configuration.waitFirst)
        waitGrowth = Int64(configuration.waitGrowth)
        waitLongest = Int64(configuration.waitLongest)
        accountLimit = configuration.guessAccountLimit
        trusted = configuration.trustedNetworks
    }

    /// The window of the guesses that count now.
    package func window(at now: Timestamp) -> GuessWindow {
        GuessWindow(length: window, memory: memory, now: now)
    }

    enum Verdict {
        /// How many more different secrets may be looked at.
        case open(Budgets)
        case closed(Throttle)
    }

    /// Decides whether another secret may be looked at. From a network that the account has signed in from, only the
    /// budget of account and network together applies: nobody elsewhere, and nobody else behind the same address, can
    /// lock the owner out.
    func judge(_ answer: SecondAnswer, to asked: SecondQuestion) -> Verdict {
        let now = asked.window.now
        let closed =
            throttle(.accountAndNetwork, answer.ofBoth, now: now) ?? throttle(.network, answer.ofNetwork, now: now)
            ?? closedAccount(answer.ofAccount, now: now)
        if let closed { return .closed(closed) }
        var allowance = Budgets(pair: remaining(answer.ofBoth))
        if answer.knowsNetwork { return .open(allowance) }
        if !asked.isTrusted { allowance.network = remaining(answer.ofNetwork) }
        if !asked.account.text.isEmpty {
            allowance.account = max(1, accountLimit - (answer.ofAccount?.count ?? 0))
        }
        return .open(allowance)
    }

    /// Returns the wait of an account's second-factor codes, wherever they come from; nil if they need not wait.
    ///
    /// - Parameter wrong: Wrong codes that came with the right main password, or codes that were looked at before it.
    func judgeCodes(_ wrong: GuessTally?, now: Timestamp) -> Throttle? { throttle(.codes, wrong, now: now) }

    /// Whether the network of an address (its /64, if it is an IPv6 address) overlaps one of `trusted_networks`.
    func isTrusted(_ address: IPAddress?) -> Bool { isTrusted(Network(exactly: address)) }

    private func isTrusted(_ network: Network) -> Bool { trusted.contains { $0.overlaps(network) } }

    private func remaining(_ tally: GuessTally?) -> Int { max(1, free - (tally?.count ?? 0)) }

    private func throttle(_ scope: Throttle.Scope, _ tally: GuessTally?, now: Timestamp) -> Throttle? {
        guard let tally, tally.count >= free else { return nil }
        // No wait is longer than the guesses count.
        let until = tally.last.adding(seconds: min(wait(after: tally.count), window))
        guard now < until else { return nil }
        return Throttle(scope: scope, guesses: tally.count, since: tally.first, until: until)
    }

    /// The wait ends when fewer guesses than the limit are within the window, or after the longest wait.
    private func closedAccount(_ tally: GuessTally?, now: Timestamp) -> Throttle? {
        guard let tally, tally.count >= accountLimit else { return nil }
        let until = min(tally.first.adding(seconds: window), tally.last.adding(seconds: waitLongest))
        guard now < until else { return nil }
        return Throttle(scope: .account, guesses: tally.count, since: tally.first, until: until)
    }

    /// Seconds to wait after so many guesses.
    private func wait(after guesses: Int) -> Int64 {
        var wait = waitFirst
        for _ in free..<guesses where wait < waitLongest { wait *= waitGrowth }
        return min(wait, waitLongest)
    }
}

extension Throttling {
    /// An account, a network, or an account at a network, that has to wait now.
    package struct Waiting: Sendable {
        /// Nil: all accounts that the network is new to.
        package let account: String?
        /// Nil: all networks that are new to the account; for codes, all networks.
        package let network: Network?
        /// The budget that is spent, and the end of the wait.
        package let throttle: Throttle
    }

    /// Returns all who have to wait now, those with the longest wait last.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func waiting(now: Timestamp, _ store: Store) throws(StoreError) -> [Waiting] {
        let window = window(at: now)
        var waiting: [Waiting] = []
        func add(_ throttle: Throttle?, _ account: String?, _ network: Network?) {
            if let throttle { waiting.append(Waiting(account: account, network: network, throttle: throttle)) }
        }
        var networks: [Network: Int] = [:]
        var accounts: [String: (guesses: Int, codes: Int)] = [:]
        for group in try store.guessGroups(window) {
            if group.tally.count >= free {
                let tally = try store.guesses(account: group.account, network: group.network, window)
                add(throttle(.accountAndNetwork, tally, now: now), group.account, group.network)
            }
            networks[group.network, default: 0] += group.tally.count
            accounts[group.account, default: (0, 0)].guesses += group.tally.count
            accounts[group.account, default: (0, 0)].codes += group.codes
        }
        for (network, guesses) in networks where guesses >= free && !isTrusted(network) {
            add(throttle(.network, try store.guesses(network: network, window), now: now), nil, network)
        }
        for (account, counts) in accounts where !account.isEmpty {
            if counts.guesses >= accountLimit {
                let tally = try store.guesses(account: account, limit: accountLimit, window)
                add(closedAccount(tally, now: now), account, nil)
            }
            if counts.codes >= free {
                add(judgeCodes(try store.codeGuesses(account: account, window), now: now), account, nil)
            }
        }
        return waiting.sorted { ($0.throttle.until, $0.account ?? "") < ($1.throttle.until, $1.account ?? "") }
    }
}
