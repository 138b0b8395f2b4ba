/// What a wrong secret was compared with.
package struct GuessLook: Sendable {
    /// The `AccountState.secretsGeneration` of the account; 0: no account.
    package let secretsGeneration: Int64
    /// The memory limit of hashes in KiB.
    package let memoryLimit: Int64
    /// Whether the main password was hashed in its mapped spelling.
    package let isMapped: Bool

    /// Records what a secret is compared with.
    package init(secretsGeneration: Int64, memoryLimit: Int64, isMapped: Bool) {
        self.secretsGeneration = secretsGeneration
        self.memoryLimit = memoryLimit
        self.isMapped = isMapped
    }

    /// Whether comparing again could give another answer: a secret of the account has changed since, or the memory
    /// limit of hashes has been raised.
    ///
    /// - Parameters:
    ///   - account: Nil for a name that is no account, for which no secret is right.
    ///   - isASCII: Whether the secret is ASCII. Any other secret may be another spelling of a main password that has
    ///     been mapped since.
    package func isOutdated(for account: AccountState?, memoryLimit: Int64, isASCII: Bool) -> Bool {
        guard let account else { return false }
        return secretsGeneration != account.secretsGeneration || self.memoryLimit < memoryLimit
            || !isASCII && isMapped != account.isMainMapped
    }
}
