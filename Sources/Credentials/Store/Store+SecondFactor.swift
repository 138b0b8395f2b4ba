package import Bytes

/// What became of a second-factor code.
package enum CodeResult: Sendable {
    /// Right, and used up from this moment on.
    case accepted
    case wrong
}

extension Store {
    /// Checks a code and, if it is right, uses it up. It counts only once that is committed: two processes with the
    /// same code cannot both be told yes.
    package func useCode(_ code: borrowing Secret, account: AccountName, keys: Keys, now: Timestamp)
        throws(StoreError) -> CodeResult
    {
        if case .generated(let canonical) = AppPasswordText.read(code) {
            let verifier = keys.recoveryCode.mac(account: account.text, secret: canonical)
            return try spend(
                "UPDATE recovery_code SET used = ? WHERE account = ? AND verifier = ? AND used IS NULL",
                [.moment(now), .text(account.text), .blob(verifier)])
        }
        guard let seed = try totpSeed(account: account, keys: keys) else { return .wrong }
        guard let step = TOTP.matchingStep(code: code, seed: seed, at: now) else { return .wrong }
        return try spend(
            // A step ahead of the clock is left from a clock that was wrong, and must not lock the owner out.
            "UPDATE totp SET last_step = ?1 WHERE account = ?2 AND (last_step < ?1 OR last_step > ?3)",
            [.integer(step), .text(account.text), .integer(TOTP.step(at: now))])
    }

    /// The opened TOTP seed; nil if none is enrolled.
    private func totpSeed(account: AccountName, keys: Keys) throws(StoreError) -> Secret? {
        let row = try connection.prepare("SELECT sealed_seed FROM totp WHERE account = ?", [.text(account.text)])
        guard try row.step() else { return nil }
        guard let seed = keys.open(row.blob(0), account: account) else {
            throw .corrupt(message: "the TOTP seed of \(account.text) does not open with this key file")
        }
        return seed
    }

    private func spend(_ sql: String, _ values: [Value]) throws(StoreError) -> CodeResult {
        try write(durable: true) { () throws(StoreError) in
            try connection.run(sql, values)
            return connection.changes == 1 ? .accepted : .wrong
        }
    }

    /// Enrols a TOTP seed: the second factor is on from now.
    package func enrolTOTP(
        account: AccountName, seed: borrowing Secret, keys: Keys, change: Change
    ) throws(StoreError) -> Bool {
        guard let sealed = keys.seal(seed, account: account) else { throw .failed(code: 0, message: "no sealing") }
        return try changing(account, change) { () throws(StoreError) in
            try connection.run(
                """
                UPDATE account SET second_factor = 'totp', second_factor_since = ifnull(second_factor_since, ?)
                WHERE name = ?
                """, [.moment(change.at), .text(account.text)])
            try connection.run(
                "INSERT OR REPLACE INTO totp (account, sealed_seed, last_step) VALUES (?, ?, 0)",
                [.text(account.text), .blob(sealed)])
        }
    }

    /// Adds a recovery code.
    package func addRecoveryCode(account: AccountName, canonical: borrowing Secret, keys: Keys, change: Change)
        throws(StoreError) -> Bool
    {
        let verifier = keys.recoveryCode.mac(account: account.text, secret: canonical)
        return try changing(account, change) { () throws(StoreError) in
            try connection.run(
                "INSERT INTO recovery_code (account, verifier) VALUES (?, ?)", [.text(account.text), .blob(verifier)])
        }
    }

    /// Notes that a second factor is managed elsewhere and on, or off again.
    package func setExternalSecondFactor(_ isOn: Bool, account: AccountName, change: Change) throws(StoreError) -> Bool
    {
        try changing(account, change) { () throws(StoreError) in
            try connection.run(
                """
                UPDATE account SET second_factor = ?1, second_factor_since = iif(?2, ifnull(second_factor_since, ?3), NULL)
                WHERE name = ?4
                """, [.text(isOn ? "external" : "off"), .flag(isOn), .moment(change.at), .text(account.text)])
        }
    }
}
