package import Bytes
package import Credentials

/// Second factor, main password and sessions, as their owner changes them. A change of the first two ends the account's
/// other sessions, on the page and of webmails.
extension Owner {
    /// Makes a seed, which is in use once a code of it was confirmed.
    ///
    /// - Returns: An otpauth URI.
    /// - Throws: As `Administrator.beginEnrolment`.
    package func beginEnrolment(form: [UInt8]) throws(AdministrationError) -> Secret {
        try act(form, .confirmed) { () throws(AdministrationError) in try admin.beginEnrolment(account) }
    }

    /// Switches the second factor on. A wrong code leaves the seed as it was shown. The seed was shown after a full
    /// sign-in, and its code proves that it is the same person: whoever installs an authenticator program in between takes
    /// longer than a full sign-in lasts.
    ///
    /// - Throws: As `Administrator.confirmEnrolment`.
    package func confirmEnrolment(code: borrowing Secret, form: [UInt8]) throws(AdministrationError)
        -> ConfirmedEnrolment
    {
        try act(form, .unlocked) { () throws(AdministrationError) in try admin.confirmEnrolment(account, code: code) }
    }

    /// Makes new recovery codes.
    ///
    /// - Throws: As `Administrator.replaceRecoveryCodes`.
    package func replaceRecoveryCodes(form: [UInt8]) throws(AdministrationError) -> RecoveryCodes {
        try act(form, .confirmed) { () throws(AdministrationError) in try admin.replaceRecoveryCodes(account) }
    }

    /// Switches the second factor off, unless policy requires one.
    ///
    /// - Throws: As `Administrator.removeSecondFactor`; `Refusal.secondFactorRequired`.
    package func removeSecondFactor(form: [UInt8]) throws(AdministrationError) {
        if account.secondFactorRequired { throw .refused(.secondFactorRequired(name)) }
        try act(form, .confirmed) { () throws(AdministrationError) in try admin.removeSecondFactor(account) }
    }

    /// The programs that would stop if the second factor were switched on.
    ///
    /// - Throws: `AdministrationError.unavailable` if the store cannot be read.
    package func stoppedBySecondFactor() throws(AdministrationError) -> StoppedPrograms {
        try admin.storing { store throws(StoreError) in
            try StoppedPrograms(store, account, account.with(.totp), now: now)
        }
    }

    /// Changes the main password. The owner has just given the present one.
    ///
    /// - Parameters:
    ///   - endsSessions: Whether the account's other sessions on the page end.
    ///   - revokesAll: Whether all app passwords are revoked, which cannot be undone.
    /// - Throws: `Refusal.mainPassword`, `.samePassword`.
    package func setMainPassword(
        _ secret: borrowing Secret, endsSessions: Bool, revokesAll: Bool, form: [UInt8]
    ) throws(AdministrationError) {
        let others = endsSessions ? [] : Set(try sessions().map(\.id))
        try act(form, .password, keeping: others) { () throws(AdministrationError) in
            let new = try admin.mainPassword(secret, name, present: account)
            if new.isSame, account.mustChange { throw .refused(.samePassword(name)) }
            // First: a failure in between leaves the owner with the old password and no stranger's app password.
            if revokesAll { _ = try admin.changeAppPasswords(.all, .revoke, name) }
            try admin.setMainPassword(new, name)
        }
    }

    /// The account's sessions on the page, the last used first.
    ///
    /// - Throws: `AdministrationError.unavailable` if the store cannot be read.
    package func sessions() throws(AdministrationError) -> [OwnerSession] {
        try admin.storing { store throws(StoreError) in
            try store.ownerSessions(account: name).filter { $0.isLive(at: now) }
        }
    }

    /// Ends one session, or all but this one.
    ///
    /// - Parameter id: Nil for all but this one.
    /// - Throws: What `act` throws.
    package func endSessions(_ id: String?, form: [UInt8]) throws(AdministrationError) {
        try act(form, .nothing) { () throws(AdministrationError) in
            try end(id.map { .one($0) } ?? .allBut([session.id]))
        }
    }

    /// Ends this session.
    ///
    /// - Throws: `AdministrationError.unavailable` if the store cannot be written.
    package func signOut() throws(AdministrationError) { try end(.one(session.id)) }

    private func end(_ choice: OwnerSessionChoice) throws(AdministrationError) {
        try admin.storing { store throws(StoreError) in try store.endOwnerSessions(of: name, choice) }
    }
}
