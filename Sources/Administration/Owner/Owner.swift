package import Bytes
package import Credentials

/// The owner of an account, signed in on the page: what a person may do with their own account.
///
/// Every action may throw what `Administrator` throws, and what `begin` does.
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
        /// A full sign-in of the last minutes.
        case confirmed
        /// The same, a main password that need not be changed, and the second factor that policy requires: the change
        /// makes or extends a credential.
        case settled
    }

    /// Begins a change: checks what it needs, and accepts each form once.
    ///
    /// - Parameters:
    ///   - form: The form's nonce.
    ///   - makesSecret: Whether the change makes an app password.
    /// - Throws: `Refusal.notConfirmed`, `.mustChangeFirst`, `.enrolFirst`, `.formUsedBefore`, `.tooManyForms`,
    ///   `.tooManyNew`.
    func begin(_ form: [UInt8], _ need: Need, makesSecret: Bool = false) throws(AdministrationError) {
        if need != .nothing, !session.isConfirmed(at: now) { throw .refused(.notConfirmed) }
        if need == .settled {
            if account.mustChange { throw .refused(.mustChangeFirst(name)) }
            if account.secondFactorRequired, account.secondFactor == .off { throw .refused(.enrolFirst(name)) }
        }
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
    /// - Throws: `AdministrationError.unavailable` if it cannot be stored or there are no random bytes.
    package func openSession(
        _ account: AccountName, from network: Network, language: String = ""
    ) throws(AdministrationError) -> Secret {
        let token = try Self.makeToken()
        let now = clock()
        let id = try Self.withRandom { () throws(RandomFailure) in try AppPassword.makeID() }
        let session = OwnerSession(
            id: id, account: account, network: network, opened: now, used: now, confirmed: now)
        try storing { store throws(StoreError) in
            try store.addOwnerSession(session, token: token, language: language)
        }
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
