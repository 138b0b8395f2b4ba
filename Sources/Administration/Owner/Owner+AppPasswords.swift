import Authentication
package import Bytes
package import Credentials

/// App passwords, as their owner makes and changes them.
extension Owner {
    /// The app passwords that this session can put back.
    ///
    /// - Throws: `AdministrationError.unavailable` if the store cannot be read.
    package func putBacks() throws(AdministrationError) -> Set<String> {
        try admin.storing { store throws(StoreError) in try store.putBacks(session: session.id, now: now) }
    }

    /// Makes an app password.
    ///
    /// - Parameters:
    ///   - new: If its end is nil, it ends as late as policy allows.
    ///   - isCompact: Whether it has sixteen symbols instead of twenty-five.
    /// - Returns: The app password with its secret, and its id.
    /// - Throws: As `Administrator.prepare` and `.add`; `Refusal.tooManyNetworks`.
    package func create(
        _ new: NewAppPassword, isCompact: Bool, form: [UInt8]
    ) throws(AdministrationError) -> MadeAppPassword {
        try Administrator.check(new)
        try Self.check(new.networks)
        return try act(form, .settled, makesSecret: true) { () throws(AdministrationError) in
            // Before a slow hash is computed.
            try expectRoom(surplus: 0)
            return try add(try admin.prepare(new, isCompact: isCompact, for: name), form)
        }
    }

    /// Replaces an app password by a successor.
    ///
    /// - Parameter grace: Seconds for which the old one stays valid.
    /// - Throws: As `Administrator.prepareSuccessor` and `.add`; `Refusal.tooManyAppPasswords` if old ones that are still
    ///   valid fill what policy allows.
    package func rotate(
        _ id: String, grace: Int64, form: [UInt8]
    ) throws(AdministrationError) -> MadeAppPassword {
        try act(form, .settled, makesSecret: true) { () throws(AdministrationError) in
            if grace > 0 { try expectRoom(surplus: 1) }
            return try add(try admin.prepareSuccessor(of: id, expires: nil, grace: grace, for: name), form)
        }
    }

    /// Refuses if the account has as many live app passwords as policy allows, and `surplus` more.
    private func expectRoom(surplus: Int64) throws(AdministrationError) {
        let (live, max) = try admin.storing { store throws(StoreError) in
            (
                try store.liveAppPasswords(account: name, now: now),
                try store.policyInForce(account: name).liveLimit
            )
        }
        if let max, live >= max + surplus { throw .refused(.tooManyAppPasswords(name, live: Int(live))) }
    }

    private func add(
        _ prepared: consuming PreparedAppPassword, _ form: [UInt8]
    ) throws(AdministrationError) -> MadeAppPassword {
        let id = try admin.add(prepared)
        // The app password is there, so it is shown even if this cannot be written.
        try? store.noteSecret(form, session: session)
        return MadeAppPassword(id: id, prepared: prepared)
    }

    /// Maximum networks of an app password on the page.
    package static let maxNetworks = 32

    private static func check(_ networks: [CIDR]) throws(AdministrationError) {
        guard networks.count <= maxNetworks else { throw .refused(.tooManyNetworks(max: maxNetworks)) }
    }

    /// Changes the name, services and networks of an app password. To allow more than before needs a full sign-in.
    ///
    /// - Throws: `Refusal.appPasswordName`, `.appPasswordForWeb`, `.appPasswordWithoutService`, `.tooManyNetworks`,
    ///   `.noAppPassword`.
    package func alter(
        _ id: String, name newName: String, scope: Scope, networks: [CIDR], form: [UInt8]
    ) throws(AdministrationError) {
        let new = NewAppPassword(name: newName, scope: scope, networks: networks)
        try Administrator.check(new)
        let old = try appPassword(id)
        if networks != old.networks { try Self.check(networks) }
        try act(form, new.allowsMore(than: old) ? .settled : .nothing) { () throws(AdministrationError) in
            let detail = [id, new.scope.services.map(\.rawValue).joined(separator: ",")] + networks.map(\.description)
            let change = admin.change(name.text, "app-password change", detail.joined(separator: " "))
            let isChanged = try admin.storing { store throws(StoreError) in
                try store.alterAppPassword(id, to: new, account: name, change: change)
            }
            guard isChanged else { throw .refused(.noAppPassword(name)) }
        }
    }

    /// Refuses an app password until it is resumed. One that is disabled already stays as it is: what the operator
    /// disabled must not become the owner's.
    ///
    /// - Throws: `Refusal.noAppPassword`.
    package func pause(_ id: String, form: [UInt8]) throws(AdministrationError) {
        try act(form, .nothing) { () throws(AdministrationError) in
            guard try appPassword(id).disabled == nil else { return }
            _ = try admin.changeAppPasswords(.ids([id]), .disable, name)
        }
    }

    /// Accepts an app password again that its owner paused.
    ///
    /// - Throws: `Refusal.noAppPassword`, `.disabledByOperator`.
    package func resume(_ id: String, form: [UInt8]) throws(AdministrationError) {
        try act(form, .unlocked) { () throws(AdministrationError) in
            let disabled = try appPassword(id).disabled
            let isOwn = try admin.storing { store throws(StoreError) in
                try store.changes(subject: name.text, since: disabled).contains { change in
                    change.at == disabled && change.actor == Self.actor && change.action == "app-password disable"
                        && change.detail.split(separator: " ").contains(Substring(id))
                }
            }
            guard isOwn else { throw .refused(.disabledByOperator(name)) }
            _ = try admin.changeAppPasswords(.ids([id]), .enable, name)
        }
    }

    /// Revokes an app password. This session can put it back for `OwnerSession.putBackTime`.
    ///
    /// - Throws: `Refusal.noAppPassword`.
    package func revoke(_ id: String, form: [UInt8]) throws(AdministrationError) {
        try act(form, .nothing) { () throws(AdministrationError) in
            let isRevoked = try admin.storing { store throws(StoreError) in
                try store.revoke(id, in: session) { ids in
                    admin.change(name.text, "app-password revoke", ids.joined(separator: " "))
                }
            }
            guard isRevoked else { throw .refused(.noAppPassword(name)) }
        }
    }

    /// Makes an app password valid again that this session revoked a short time ago. It then ends as policy allows now.
    ///
    /// - Throws: `Refusal.cannotBePutBack`, `.tooManyAppPasswords`.
    package func putBack(_ id: String, form: [UInt8]) throws(AdministrationError) {
        try act(form, .settled) { () throws(AdministrationError) in
            let refusal = try admin.storing { store throws(StoreError) in
                try store.durably { () throws(StoreError) -> Refusal? in
                    let live = try store.liveAppPasswords(account: name, now: now)
                    let policy = try store.policyInForce(account: name)
                    if let max = policy.liveLimit, live >= max { return .tooManyAppPasswords(name, live: Int(live)) }
                    let isBack = try store.putBack(
                        id, in: session, latest: policy.latestEnd(from: now),
                        change: admin.change(name.text, "app-password put-back", id))
                    return isBack ? nil : .cannotBePutBack(name)
                }
            }
            if let refusal { throw .refused(refusal) }
        }
    }

    /// Makes the Apple profile of an app password from its secret, which must belong to it.
    ///
    /// - Throws: `Refusal.noAppPassword`, `.profileWithoutServers`, `.profileWithoutServices`, `.profileNotEncoded`.
    package func profile(_ id: String, secret: borrowing Secret, form: [UInt8]) throws(AdministrationError) -> Secret {
        try act(form, .nothing) { () throws(AdministrationError) in }
        let appPassword = try appPassword(id)
        guard appPassword.revoked == nil else { throw .refused(.noAppPassword(name)) }
        let shown: Secret
        switch AppPasswordText.read(secret) {
        case .generated(let text):
            guard try isGenerated(text, id) else { throw .refused(.noAppPassword(name)) }
            shown = AppPasswordText.display(text)
        case .compact(let text):
            guard try isCompact(text, id) else { throw .refused(.noAppPassword(name)) }
            shown = AppPasswordText.display(text)
        case .mistyped: throw .refused(.noAppPassword(name))
        case .other: throw .refused(.noAppPassword(name))
        }
        return try AppleProfile(name, appPassword.scope, admin.configuration).file(with: shown)
    }

    private func isGenerated(_ text: borrowing Secret, _ id: String) throws(AdministrationError) -> Bool {
        let verifier = admin.keys.appPassword.mac(account: name.text, secret: text)
        return try admin.storing { store throws(StoreError) in
            try store.generatedAppPassword(verifier: verifier, account: name)?.id == id
        }
    }

    private func isCompact(_ text: borrowing Secret, _ id: String) throws(AdministrationError) -> Bool {
        let tag = admin.keys.tag(of: text, account: name)
        let candidates = try admin.storing { store throws(StoreError) in
            try store.slowAppPasswords(account: name, compactTag: tag, rawTag: tag)
        }
        guard let candidate = candidates.first(where: { $0.appPassword.id == id }) else { return false }
        do throws(HashError) {
            let limit = UInt32(admin.configuration.hashMemoryLimit)
            return try PasswordHash(stored: candidate.hash, memoryLimit: limit).matches(text)
        } catch {
            throw .unavailable(.hash(error))
        }
    }

    /// An app password of the account; not one of a webmail session.
    ///
    /// - Throws: `Refusal.noAppPassword`.
    package func appPassword(_ id: String) throws(AdministrationError) -> AppPassword {
        let found = try admin.storing { store throws(StoreError) in try store.appPassword(id: id, account: name) }
        guard let found, !found.isOfSession else { throw .refused(.noAppPassword(name)) }
        return found
    }
}

/// An app password that was just made, to be shown to its owner.
package struct MadeAppPassword: ~Copyable {
    /// Its id.
    package let id: String
    /// The app password, with its secret.
    package let prepared: PreparedAppPassword
}

extension NewAppPassword {
    /// Whether it opens a service, or can be used from a network, that the app password does not.
    fileprivate func allowsMore(than old: AppPassword) -> Bool {
        if !old.scope.isSuperset(of: scope) { return true }
        guard !old.networks.isEmpty else { return false }
        return networks.isEmpty || !networks.allSatisfy { new in old.networks.contains { $0.contains(new) } }
    }
}
