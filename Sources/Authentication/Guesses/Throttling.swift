package import Credentials

/// Who has to wait before another secret of theirs is looked at, and for how long.
package struct Throttle: Sendable, Equatable {
    package enum Scope: String, Sendable {
        /// A network, for accounts that never signed in from it.
        case network
        case accountAndNetwork = "account and network"
        /// An account, for networks that it never signed in from.
        case account
        /// The second-factor codes of an account.
        case codes
    }

    package let scope: Scope
    /// Within the window; those that count, for an account.
    package let guesses: Int
    package let since: Timestamp
    package let until: Timestamp

    package var explanation: String {
        let end = until.iso8601
        return switch scope {
        case .network: "too many wrong passwords from this network (\(guesses)); next attempt accepted after \(end)"
        case .accountAndNetwork:
            "too many wrong passwords for this account from this network (\(guesses)); next attempt accepted after \(end)"
        case .account:
            "too many wrong passwords for this account (\(guesses)); networks that are new to it are refused until \(end)"
        case .codes: "too many wrong codes for this account (\(guesses)); next one accepted after \(end)"
        }
    }
}

/// How many more different guesses each budget allows before somebody has to wait.
struct Allowance: Sendable {
    /// At this account from this network.
    var pair: Int
    /// From this network; nil: not counted here.
    var network: Int?
    /// At this account; nil likewise.
    var account: Int?
}

/// The budgets of guesses, as configured.
package struct Throttling: Sendable {
    /// Seconds.
    private let window: Int64
    /// Likewise: for how long a wrong secret is remembered.
    private let memory: Int64
    /// Guesses without having to wait; also how many accounts of one network may have a first wrong secret that is none.
    let free: Int
    private let waitFirst: Int64
    private let waitGrowth: Int64
    private let waitLongest: Int64
    /// Guesses at one account from networks that are new to it.
    let accountLimit: Int
    private let trusted: [CIDR]

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

    /// The time within which guesses count, at this moment.
    package func window(at now: Timestamp) -> GuessWindow {
        GuessWindow(length: window, memory: memory, now: now)
    }

    enum Verdict {
        case open(Allowance)
        case closed(Throttle)
    }

    /// Whether another secret may be looked at. From where the account has signed in only the budget of both together counts, so
    /// that nobody elsewhere, and nobody else behind the same address, locks the owner out.
    func judge(_ answer: SecondAnswer, to asked: SecondQuestion) -> Verdict {
        let now = asked.window.now
        let closed =
            closed(.accountAndNetwork, answer.ofBoth, now: now) ?? closed(.network, answer.ofNetwork, now: now)
            ?? closedAccount(answer.ofAccount, now: now)
        if let closed { return .closed(closed) }
        var allowance = Allowance(pair: remaining(answer.ofBoth))
        if answer.knowsNetwork { return .open(allowance) }
        if !asked.isTrusted { allowance.network = remaining(answer.ofNetwork) }
        if !asked.account.text.isEmpty {
            allowance.account = max(1, accountLimit - (answer.ofAccount?.count ?? 0))
        }
        return .open(allowance)
    }

    /// Whether the second-factor codes of an account have to wait, from wherever they come.
    ///
    /// - Parameter wrong: Those that came with the right main password, or those that were looked at before it.
    func judgeCodes(_ wrong: GuessTally?, now: Timestamp) -> Throttle? { closed(.codes, wrong, now: now) }

    /// Whether an address is in, or near, one of `trusted_networks`.
    func isTrusted(_ address: IPAddress?) -> Bool { isTrusted(Network(exactly: address)) }

    private func isTrusted(_ network: Network) -> Bool { trusted.contains { $0.overlaps(network) } }

    private func remaining(_ tally: GuessTally?) -> Int { max(1, free - (tally?.count ?? 0)) }

    private func closed(_ scope: Throttle.Scope, _ tally: GuessTally?, now: Timestamp) -> Throttle? {
        guard let tally, tally.count >= free else { return nil }
        // Guesses that are forgotten keep nobody waiting.
        let until = tally.last.adding(seconds: min(wait(after: tally.count), window))
        guard now < until else { return nil }
        return Throttle(scope: scope, guesses: tally.count, since: tally.first, until: until)
    }

    /// Until fewer than the limit are within the window.
    private func closedAccount(_ tally: GuessTally?, now: Timestamp) -> Throttle? {
        guard let tally, tally.count >= accountLimit else { return nil }
        let until = min(tally.first.adding(seconds: window), tally.last.adding(seconds: waitLongest))
        guard now < until else { return nil }
        return Throttle(scope: .account, guesses: tally.count, since: tally.first, until: until)
    }

    /// Seconds.
    private func wait(after guesses: Int) -> Int64 {
        var wait = waitFirst
        for _ in free..<guesses where wait < waitLongest { wait *= waitGrowth }
        return min(wait, waitLongest)
    }
}

extension Throttling {
    /// Somebody who has to wait at this moment.
    package struct Waiting: Sendable {
        /// Nil: all of the network.
        package let account: String?
        /// Nil: from all networks.
        package let network: Network?
        package let throttle: Throttle
    }

    /// All who have to wait now, those with the longest wait last.
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
                add(closed(.accountAndNetwork, tally, now: now), group.account, group.network)
            }
            networks[group.network, default: 0] += group.tally.count
            accounts[group.account, default: (0, 0)].guesses += group.tally.count
            accounts[group.account, default: (0, 0)].codes += group.codes
        }
        for (network, guesses) in networks where guesses >= free && !isTrusted(network) {
            add(closed(.network, try store.guesses(network: network, window), now: now), nil, network)
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
