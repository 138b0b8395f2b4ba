import Authentication
package import Bytes
package import Credentials

/// A new app password that is not in the store yet, so that its profile can be written before it is added.
package struct PreparedAppPassword: ~Copyable {
    /// The account that it is for.
    package let account: AccountName
    /// Its name, services, networks and end.
    package let new: NewAppPassword
    /// The secret as its owner sees it, in groups with hyphens.
    package let secret: Secret
    fileprivate let verifier: Store.Verifier
    fileprivate let origin: Origin

    fileprivate enum Origin {
        /// An additional app password; `max` is how many live ones policy allows, nil for any number.
        case new(max: Int64?)
        /// A successor of an app password that will end at `end`, or earlier by itself.
        case successor(of: AppPassword, end: Timestamp)
    }

    /// When the app password that it replaces ends; nil if it replaces none.
    package var oldEnd: Timestamp? {
        switch origin {
        case .new: nil
        case .successor(let old, let end): min(old.expires ?? end, end)
        }
    }
}

/// Making, rotating, disabling, enabling and revoking app passwords.
extension Administrator {
    /// Seconds for which a rotated app password may stay valid at most.
    package static let maxGrace: Int64 = 90 * 86_400

    /// Checks what needs no store: the name and the services.
    ///
    /// - Throws: `Refusal.appPasswordName`, `.appPasswordForWeb`, `.appPasswordWithoutService`.
    package static func check(_ new: NewAppPassword) throws(AdministrationError) {
        guard (1...NewAppPassword.maxNameLength).contains(new.name.unicodeScalars.count),
            new.name.unicodeScalars.allSatisfy({ $0.isVisible })
        else { throw .refused(.appPasswordName) }
        guard new.scope.services.allSatisfy(\.isMail) else { throw .refused(.appPasswordForWeb) }
        guard !new.scope.isEmpty else { throw .refused(.appPasswordWithoutService) }
    }

    /// Checks how many seconds a rotated app password is to stay valid.
    ///
    /// - Throws: `Refusal.graceTooLong`.
    package static func checkGrace(_ seconds: Int64) throws(AdministrationError) {
        guard (0...maxGrace).contains(seconds) else { throw .refused(.graceTooLong(max: maxGrace)) }
    }

    /// Makes an app password without adding it.
    ///
    /// - Parameters:
    ///   - new: If its end is nil, it ends as late as policy allows.
    ///   - isCompact: Whether it has sixteen symbols instead of twenty-five; each sign-in then costs a slow hash.
    /// - Throws: As `check`; `Refusal.endsTooLate`, `.endsInThePast`.
    package func prepare(
        _ new: NewAppPassword, isCompact: Bool, for account: AccountName
    ) throws(AdministrationError) -> PreparedAppPassword {
        try Self.check(new)
        let policy = try storing { store throws(StoreError) in try store.policyInForce(account: account) }
        var new = new
        new.expires = try end(new.expires, policy, at: clock())
        return try prepare(new, isCompact, account, .new(max: policy.liveLimit))
    }

    /// Makes a successor of an app password, with the same name, services, networks and kind, without adding it.
    ///
    /// - Parameters:
    ///   - expires: Nil to let it live as long as the old one was made for, or as long as policy allows if that is
    ///     shorter.
    ///   - grace: Seconds for which the old one stays valid.
    /// - Throws: `Refusal.graceTooLong`, `.noneToRotate`, `.rotatedBefore`, `.endsTooLate`, `.endsInThePast`.
    package func prepareSuccessor(
        of id: String, expires: Timestamp?, grace: Int64, for account: AccountName
    ) throws(AdministrationError) -> PreparedAppPassword {
        try Self.checkGrace(grace)
        let now = clock()
        let (found, policy) = try storing { store throws(StoreError) in
            (
                try store.appPassword(id: id.lowercased(), account: account),
                try store.policyInForce(account: account)
            )
        }
        guard let old = found, old.revoked == nil, old.disabled == nil, !old.isOfSession else {
            throw .refused(.noneToRotate(account))
        }
        if let successor = old.successor { throw .refused(.rotatedBefore(old.id, successor: successor)) }
        let latest = try end(expires, policy, at: now)
        let sameLife = old.expires.map { now.adding(seconds: $0.seconds - old.created.seconds) }
        let end = expires != nil ? latest : [latest, sameLife].compactMap { $0 }.min()
        let new = NewAppPassword(name: old.name, scope: old.scope, networks: old.networks, expires: end)
        return try prepare(
            new, old.kind == .compact, account, .successor(of: old, end: now.adding(seconds: grace)))
    }

    /// Returns when an app password ends. A requested end is refused or kept, never moved.
    ///
    /// - Parameter asked: Nil for as late as policy allows.
    /// - Returns: Nil for never.
    private func end(
        _ asked: Timestamp?, _ policy: Policy, at now: Timestamp
    ) throws(AdministrationError) -> Timestamp? {
        if let asked, asked <= now { throw .refused(.endsInThePast(asked)) }
        guard let latest = policy.latestEnd(from: now) else { return asked }
        if let asked, asked > latest {
            throw .refused(.endsTooLate(maxAge: latest.seconds - now.seconds, latest: latest))
        }
        return asked ?? latest
    }

    private func prepare(
        _ new: NewAppPassword, _ isCompact: Bool, _ account: AccountName, _ origin: PreparedAppPassword.Origin
    ) throws(AdministrationError) -> PreparedAppPassword {
        let secret = try Self.withRandom { () throws(RandomFailure) in
            isCompact ? try AppPasswordText.makeCompact() : try AppPasswordText.makeGenerated()
        }
        let verifier: Store.Verifier
        if isCompact {
            do throws(HashError) {
                verifier = .compact(
                    hash: try SlowHasher(configuration).make(secret), tag: keys.tag(of: secret, account: account))
            } catch {
                throw .unavailable(.hash(error))
            }
        } else {
            verifier = .mac(keys.appPassword.mac(account: account.text, secret: secret))
        }
        return PreparedAppPassword(
            account: account, new: new, secret: AppPasswordText.display(secret), verifier: verifier, origin: origin)
    }

    /// Adds a prepared app password. For a successor, the end of the old one is set in the same transaction.
    ///
    /// - Returns: Its id.
    /// - Throws: `Refusal.tooManyAppPasswords`, `.noneToRotate`, `.rotatedBefore`, `.noAccount`.
    package func add(_ prepared: borrowing PreparedAppPassword) throws(AdministrationError) -> String {
        let (account, new, verifier) = (prepared.account, prepared.new, prepared.verifier)
        let result: Result<String, Refusal>
        switch prepared.origin {
        case .new(let max):
            result = try storing { store throws(StoreError) in
                try store.durably { () throws(StoreError) in
                    let live = try store.liveAppPasswords(account: account, now: clock())
                    if let max, live >= max { return .failure(.tooManyAppPasswords(account, live: Int(live))) }
                    let id = try store.addAppPassword(new, verifier: verifier, account: account) { id in
                        change(account.text, "app-password create", "\(id) \(LogText.encode(new.name))")
                    }
                    return id.map { .success($0) } ?? .failure(.noAccount(account))
                }
            }
        case .successor(let old, let end):
            let rotation = try storing { store throws(StoreError) in
                try store.rotateAppPassword(old.id, to: new, verifier: verifier, end: end, account: account) { made in
                    change(
                        account.text, "app-password rotate",
                        "\(old.id) to \(made) \(LogText.encode(old.name)), until \(end.iso8601)")
                }
            }
            result =
                switch rotation {
                case .done(let id): .success(id)
                case .noneSuch: .failure(.noneToRotate(account))
                case .rotatedBefore(let successor): .failure(.rotatedBefore(old.id, successor: successor))
                }
        }
        switch result {
        case .success(let id): return id
        case .failure(let refusal): throw .refused(refusal)
        }
    }

    /// The app passwords of an account that a change applies to.
    package enum AppPasswordChoice: Sendable {
        /// Those with these ids, in upper or lower case.
        case ids([String])
        /// All that are not revoked.
        case all
        /// All that were neither made nor used since this time, except sessions of webmails.
        case unusedSince(Timestamp)
    }

    /// Disables, enables or revokes app passwords. Revocation cannot be undone, not even where the page could put back what
    /// it revoked.
    ///
    /// - Returns: How many were changed.
    /// - Throws: `Refusal.noAppPassword` if an id belongs to no app password that can be changed,
    ///   `.unusedSinceTheFuture`.
    package func changeAppPasswords(
        _ choice: AppPasswordChoice, _ kind: Store.AppPasswordChange, _ account: AccountName
    ) throws(AdministrationError) -> Int {
        if case .unusedSince(let time) = choice, time >= clock() { throw .refused(.unusedSinceTheFuture(time)) }
        let changed = try storing { store throws(StoreError) in
            // In one transaction: an unused app password must not be used between the look-up and the change.
            try store.durably { () throws(StoreError) -> Int? in
                let chosen: Set<String>? =
                    switch choice {
                    case .all: nil
                    case .ids(let ids): Set(ids.map { $0.lowercased() })
                    case .unusedSince(let time): try findUnused(account, since: time)
                    }
                if chosen?.isEmpty == true { return 0 }
                if case .revoke = kind { try store.forgetPutBacks(account) }
                return try store.changeAppPasswords(chosen, kind, account: account) { ids in
                    change(account.text, "app-password \(kind)", ids.joined(separator: " "))
                }
            }
        }
        guard let changed else { throw .refused(.noAppPassword(account)) }
        return changed
    }

    private func findUnused(_ account: AccountName, since time: Timestamp) throws(StoreError) -> Set<String> {
        let uses = try store.lastUses(account: account)
        return Set(
            try store.appPasswords(account: account).filter {
                $0.revoked == nil && !$0.isOfSession && max($0.created, uses[$0.id]?.at ?? $0.created) < time
            }.map(\.id))
    }
}
