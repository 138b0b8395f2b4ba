package import Bytes
package import Credentials

/// The owner of an account, signed in on the page: what a person may do with their own account.
///
/// Every action may throw what `Administrator` throws, and what `act` does.
package struct Owner {
    /// Who made a change, in the change record.
    package static let actor = "owner"

    /// Carries out the changes, as `actor`.
    package let admin: Administrator
    /// The session that the owner acts in.
    package let session: OwnerSession
    /// The account.
    package let account: AccountState

    var store: Store { admin.store }
    var name: AccountName { account.name }
    /// The present time.
    package var now: Timestamp { admin.clock() }

    /// What a change needs besides a session.
    enum Need {
        case nothing
        /// A main password that need not be changed.
        case unlocked
        /// The same, and a full sign-in of the last minutes.
        case confirmed
        /// The same, and the second factor that policy requires: the change makes or extends a credential.
        case settled
        /// A full sign-in of the last minutes: also for a main password that must be changed.
        case password
    }

    /// Carries out a change: checks what it needs, accepts each form once, and fails if the session ends meanwhile.
    ///
    /// - Parameters:
    ///   - form: The form's nonce.
    ///   - makesSecret: Whether the change makes an app password.
    ///   - others: Other sessions that the change does not end.
    /// - Throws: `Refusal.notConfirmed`, `.mustChangeFirst`, `.enrolFirst`, `.formUsedBefore`, `.tooManyForms`,
    ///   `.tooManyNew`, `.sessionEnded`, and what `body` throws.
    func act<R: ~Copyable>(
        _ form: [UInt8], _ need: Need, makesSecret: Bool = false, keeping others: Set<String> = [],
        _ body: () throws(AdministrationError) -> R
    ) throws(AdministrationError) -> R {
        try expect(need)
        return try store.acting(in: session, keeping: others) { () throws(AdministrationError) in
            try spend(form, makesSecret: makesSecret)
            return try body()
        }
    }

    private func expect(_ need: Need) throws(AdministrationError) {
        switch need {
        case .nothing, .unlocked: break
        case .confirmed, .settled, .password:
            if !session.isConfirmed(at: now) { throw .refused(.notConfirmed) }
        }
        switch need {
        case .nothing, .password: break
        case .unlocked, .confirmed, .settled: if account.mustChange { throw .refused(.mustChangeFirst(name)) }
        }
        if need == .settled, account.secondFactorRequired, account.secondFactor == .off {
            throw .refused(.enrolFirst(name))
        }
    }

    private func spend(_ form: [UInt8], makesSecret: Bool) throws(AdministrationError) {
        guard form.count == Store.formNonceLength else { throw .refused(.formUsedBefore) }
        let use = try admin.storing { store throws(StoreError) in
            try store.useForm(form, session: session, makesSecret: makesSecret, at: now)
        }
        switch use {
        case .accepted: break
        case .usedBefore: throw .refused(.formUsedBefore)
        case .tooMany: throw .refused(.tooManyForms)
        case .tooManySecrets: throw .refused(.tooManyNew(max: OwnerSession.maxSecretsPerHour))
        }
    }
}

extension Administrator {
    /// Random bytes of a session's token, before they are written in base64.
    private static let tokenLength = 32

    /// Returns the owner whose session a token belongs to, and records that the session was used.
    ///
    /// - Throws: `Refusal.sessionEnded`, also if the account is disabled.
    package func owner(_ token: borrowing Secret) throws(AdministrationError) -> Owner {
        let now = clock()
        let found = try storing { store throws(StoreError) -> (OwnerSession, AccountState)? in
            guard let session = try store.ownerSession(token: token), session.isLive(at: now),
                let account = try store.account(session.account), !account.isDisabled(at: now)
            else { return nil }
            try store.useOwnerSession(session, at: now)
            return (session, account)
        }
        guard let (session, account) = found else { throw .refused(.sessionEnded) }
        return Owner(admin: self, session: session, account: account)
    }

    /// Opens a session for an owner who has just signed in in full.
    ///
    /// - Parameter language: The language that the owner uses the page in, such as `de`; empty: unknown.
    /// - Returns: The session's token.
    /// - Throws: `Refusal.sessionEnded` if the account's password or second factor changed since the sign-in.
    package func openSession(
        _ account: AccountState, from network: Network, language: String = ""
    ) throws(AdministrationError) -> Secret {
        let token = try Self.makeToken()
        let now = clock()
        let id = try Self.withRandom { () throws(RandomFailure) in try AppPassword.makeID() }
        let session = OwnerSession(
            id: id, account: account.name, network: network, opened: now, used: now, confirmed: now)
        let isOpen = try storing { store throws(StoreError) in
            try store.addOwnerSession(session, of: account, token: token, language: language)
        }
        guard isOpen else { throw .refused(.sessionEnded) }
        return token
    }

    /// Gives a session a new token, because its owner has signed in in full again.
    ///
    /// - Throws: `Refusal.sessionEnded` if it has ended meanwhile.
    package func confirm(_ session: OwnerSession) throws(AdministrationError) -> Secret {
        let token = try Self.makeToken()
        let now = clock()
        let isRenewed = try storing { store throws(StoreError) in
            try store.renewOwnerSession(session.id, token: token, at: now)
        }
        guard isRenewed else { throw .refused(.sessionEnded) }
        return token
    }

    private static func makeToken() throws(AdministrationError) -> Secret {
        try withRandom { () throws(RandomFailure) in
            var bytes = try randomBytes(tokenLength)
            defer { wipe(&bytes) }
            var text = Base64.encode(bytes, padded: false)
            // The letters of RFC 4648, section 5, which a cookie takes as they are.
            for index in text.indices {
                if text[index] == UInt8(ascii: "+") { text[index] = UInt8(ascii: "-") }
                if text[index] == UInt8(ascii: "/") { text[index] = UInt8(ascii: "_") }
            }
            return Secret(wiping: &text)
        }
    }
}
