import Authentication
package import Bytes
package import Credentials

/// Setting main passwords.
extension Administrator {
    /// A main password that was checked and can be stored.
    package struct NewMainPassword: Sendable {
        /// The hash to store.
        package let hash: MainPasswordHash
        /// Whether the account has this main password already.
        package let isSame: Bool
        /// Whether it has fewer characters than NIST SP 800-63B-4 requires without a second factor; it is accepted all
        /// the same.
        package let isShort: Bool
    }

    /// Checks and hashes a main password. Takes the time of a slow hash, or of two if the account has a main password.
    ///
    /// - Parameter present: The account, if it exists.
    /// - Throws: `Refusal.mainPassword`.
    package func mainPassword(
        _ secret: borrowing Secret, _ name: AccountName, present: AccountState?
    ) throws(AdministrationError) -> NewMainPassword {
        if let fault = MainPasswordRules.fault(secret, account: name) { throw .refused(.mainPassword(fault)) }
        let hasher = SlowHasher(configuration)
        let isSame = present.map { hasher.isMainPassword(secret, of: $0) } ?? false
        let isAlone = try isAlone(name, present)
        do throws(HashError) {
            return NewMainPassword(
                hash: try hasher.makeMainPassword(secret), isSame: isSame,
                isShort: isAlone && MainPasswordRules.isShortAlone(secret))
        } catch {
            throw .unavailable(.hash(error))
        }
    }

    /// Checks a hash of a main password that another system made.
    ///
    /// - Throws: `Refusal.hash` for a hash that Postern cannot verify.
    package func mainPassword(
        storedHash text: String, present: AccountState?
    ) throws(AdministrationError) -> NewMainPassword {
        do throws(HashError) {
            _ = try PasswordHash(stored: text, memoryLimit: UInt32(configuration.hashMemoryLimit))
        } catch {
            throw .refused(.hash(error))
        }
        return NewMainPassword(
            hash: MainPasswordHash(text, isMapped: false), isSame: text == present?.mainHash, isShort: false)
    }

    /// Whether the main password of an account is accepted without a second factor.
    private func isAlone(_ name: AccountName, _ present: AccountState?) throws(AdministrationError) -> Bool {
        if let present { return present.secondFactor == .off && !present.secondFactorRequired }
        let policy = try storing { store throws(StoreError) in try store.policyInForce(account: name) }
        return policy.secondFactorRequired != true
    }

    /// Sets the main password of an account and ends its sessions of webmails.
    ///
    /// - Throws: `Refusal.noAccount`.
    package func setMainPassword(_ new: NewMainPassword, _ account: AccountName) throws(AdministrationError) {
        try change(account, "account password") { change throws(StoreError) in
            try store.setMainPassword(
                new.hash, former: configuration.formerPasswordKept == 0 ? .none : new.isSame ? .asBefore : .replaced,
                account: account, change: change)
        }
    }

    /// Forgets the previous main password, by which devices that still use it are recognised.
    ///
    /// - Throws: `Refusal.noAccount`.
    package func forgetFormerMainPassword(_ account: AccountName) throws(AdministrationError) {
        try change(account, "account password", "previous one forgotten") { change throws(StoreError) in
            try store.forgetFormer(account: account, change: change)
        }
    }
}
