package import Bytes
import SQL

extension Store {
    /// Used steps that are remembered for each account; far fewer are within reach.
    private static let maxUsedSteps = 100

    /// Checks a code and, if it is right, uses it up. It is accepted only once that is committed, so that it cannot be
    /// accepted by two processes.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written, or the seed does not open with these keys.
    package func useCode(_ code: borrowing Secret, account: AccountName, keys: Keys, now: Timestamp)
        throws(StoreError) -> CodeResult
    {
        switch try look(at: code, account: account, keys: keys, now: now) {
        case .wrong(let fault): return .wrong(fault)
        case .recovery(let verifier):
            let isSpent = try spend(
                "UPDATE recovery_code SET used = ? WHERE account = ? AND verifier = ? AND used IS NULL",
                [.timestamp(now), .text(account.text), .blob(verifier)])
            return isSpent ? .accepted : .wrong(.used)
        case .step(let step):
            return try useStep(step, account: account) ? .accepted : .wrong(.used)
        }
    }

    /// Checks a code without using it up.
    ///
    /// - Throws: `StoreError` when the database cannot be read, or the seed does not open with these keys.
    package func look(at code: borrowing Secret, account: AccountName, keys: Keys, now: Timestamp)
        throws(StoreError) -> CodeLook
    {
        // Programs show codes in groups.
        let code = code.without(UInt8(ascii: " "))
        if case .generated(let canonical) = AppPasswordText.read(code) {
            let verifier = keys.recoveryCode.mac(account: account.text, secret: canonical)
            let known = try database.prepare(
                "SELECT used FROM recovery_code WHERE account = ? AND verifier = ?",
                [.text(account.text), .blob(verifier)])
            guard try known.step() else { return .wrong(nil) }
            return known.timestamp(0) == nil ? .recovery(verifier) : .wrong(.used)
        }
        guard let seed = try seed(in: "totp", account: account, keys: keys) else { return .wrong(nil) }
        switch Self.step(of: code, seed, now) {
        case .failure(let fault): return .wrong(fault)
        case .success(let step): return try isUsed(step, account) ? .wrong(.used) : .step(step)
        }
    }

    private func isUsed(_ step: Int64, _ account: AccountName) throws(StoreError) -> Bool {
        try database.prepare(
            "SELECT 1 FROM used_step WHERE account = ? AND step = ?", [.text(account.text), .integer(step)]
        ).step()
    }

    /// Uses up the code of a step; false if it was used before. Other steps do not matter, whatever the clock said when
    /// they were used.
    private func useStep(_ step: Int64, account: AccountName) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            let isNew = try spend(
                """
                INSERT INTO used_step (account, step, use)
                SELECT ?1, ?2, coalesce((SELECT max(use) FROM used_step WHERE account = ?1), 0) + 1
                WHERE EXISTS (SELECT 1 FROM account WHERE name = ?1) ON CONFLICT DO NOTHING
                """, [.text(account.text), .integer(step)])
            try database.run(
                """
                DELETE FROM used_step WHERE account = ?1
                    AND use <= (SELECT max(use) FROM used_step WHERE account = ?1) - \(Self.maxUsedSteps)
                """, [.text(account.text)])
            return isNew
        }
    }

    private enum Matching {
        case success(Int64)
        case failure(CodeFault?)
    }

    private static func step(of code: borrowing Secret, _ seed: borrowing Secret, _ now: Timestamp) -> Matching {
        if let step = TOTP.matchingStep(code: code, seed: seed, at: now) { return .success(step) }
        guard code.count == TOTP.digits, let error = TOTP.clockError(code: code, seed: seed, at: now) else {
            return .failure(nil)
        }
        return .failure(.otherClock(error))
    }

    /// The seed that codes are checked against; nil if there is none.
    ///
    /// - Throws: `StoreError` when the database cannot be read, or the seed does not open with these keys.
    package func totpSeed(account: AccountName, keys: Keys) throws(StoreError) -> Secret? {
        try seed(in: "totp", account: account, keys: keys)
    }

    /// The opened seed; nil if the table has none for the account.
    private func seed(in table: String, account: AccountName, keys: Keys) throws(StoreError) -> Secret? {
        let row = try database.prepare("SELECT sealed_seed FROM \(table) WHERE account = ?", [.text(account.text)])
        guard try row.step() else { return nil }
        guard let seed = keys.open(row.blob(0), account: account) else {
            throw .corrupt(message: "the TOTP seed of \(account.text) does not open with this key file")
        }
        return seed
    }

    private func spend(_ sql: String, _ values: [Value]) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            try database.run(sql, values)
            return database.changes == 1
        }
    }

    // MARK: Enrolment

    /// Stores a seed that is being shown, in place of one that was shown before. The second factor does not change yet.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the seed cannot be sealed, or the database cannot be read or written.
    package func beginEnrolment(account: AccountName, seed: borrowing Secret, keys: Keys, change: Change)
        throws(StoreError) -> Bool
    {
        let sealed = try seal(seed, account, keys)
        return try write(durable: true) { () throws(StoreError) in
            try database.run(
                """
                INSERT INTO pending_totp (account, sealed_seed, created) SELECT name, ?, ? FROM account WHERE name = ?
                ON CONFLICT (account) DO UPDATE SET sealed_seed = excluded.sealed_seed, created = excluded.created
                """, [.blob(sealed), .timestamp(change.at), .text(account.text)])
            guard database.changes == 1 else { return false }
            try record(change)
            return true
        }
    }

    /// Seconds within which the first code must be presented.
    private static let enrolmentTime: Int64 = 86_400

    /// The result of presenting the first code.
    package enum Confirmation: Sendable, Equatable {
        case done
        case nothingPending
        case wrong(CodeFault?)
    }

    /// Enables the second factor if the code belongs to the seed that was shown, and uses the code up.
    ///
    /// - Parameter recoveryCodes: MACs of the new set, which replaces the old one.
    /// - Throws: `StoreError` when the database cannot be read or written, or the seed does not open with these keys.
    package func confirmEnrolment(
        account: AccountName, code: borrowing Secret, recoveryCodes: [[UInt8]], keys: Keys, change: Change
    ) throws(StoreError) -> Confirmation {
        try write(durable: true) { () throws(StoreError) in
            let begun = try secondFactorDetail(account: account).pendingSince
            guard let begun, change.at < begun.adding(seconds: Self.enrolmentTime),
                let seed = try seed(in: "pending_totp", account: account, keys: keys)
            else { return .nothingPending }
            let code = code.without(UInt8(ascii: " "))
            let step: Int64
            switch Self.step(of: code, seed, change.at) {
            case .failure(let fault): return .wrong(fault)
            case .success(let found): step = found
            }
            guard try enrolTOTP(account: account, seed: seed, keys: keys, change: change) else {
                return .nothingPending
            }
            _ = try useStep(step, account: account)
            try setRecoveryCodes(recoveryCodes, account)
            return .done
        }
    }

    /// Enrols a TOTP seed, which enables the second factor at once.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the seed cannot be sealed, or the database cannot be read or written.
    package func enrolTOTP(account: AccountName, seed: borrowing Secret, keys: Keys, change: Change)
        throws(StoreError) -> Bool
    {
        let sealed = try seal(seed, account, keys)
        return try changing(account, change) { () throws(StoreError) in
            try database.run(
                """
                UPDATE account SET second_factor = 'totp', second_factor_since = coalesce(second_factor_since, ?)
                WHERE name = ?
                """, [.timestamp(change.at), .text(account.text)])
            try database.run(
                """
                INSERT INTO totp (account, sealed_seed) VALUES (?, ?)
                ON CONFLICT (account) DO UPDATE SET sealed_seed = excluded.sealed_seed
                """,
                [.text(account.text), .blob(sealed)])
            for table in ["pending_totp", "used_step"] {
                try database.run("DELETE FROM \(table) WHERE account = ?", [.text(account.text)])
            }
            // The main password alone may have been enough to open one.
            try endSessions(of: account, at: change.at)
        }
    }

    private func seal(_ seed: borrowing Secret, _ account: AccountName, _ keys: Keys) throws(StoreError) -> [UInt8] {
        guard let sealed = keys.seal(seed, account: account) else { throw .secret(.notSealed) }
        return sealed
    }

    /// Replaces all recovery codes by new ones.
    ///
    /// - Parameter codes: Their MACs.
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func replaceRecoveryCodes(_ codes: [[UInt8]], account: AccountName, change: Change) throws(StoreError)
        -> Bool
    {
        try changing(account, change) { () throws(StoreError) in try setRecoveryCodes(codes, account) }
    }

    private func setRecoveryCodes(_ codes: [[UInt8]], _ account: AccountName) throws(StoreError) {
        try database.run("DELETE FROM recovery_code WHERE account = ?", [.text(account.text)])
        for code in codes {
            try database.run(
                "INSERT INTO recovery_code (account, verifier) VALUES (?, ?)", [.text(account.text), .blob(code)])
        }
    }

    /// Records that a second factor that another system manages is enabled, or off again. Either removes one that
    /// Postern manages.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func setExternalSecondFactor(_ isOn: Bool, account: AccountName, change: Change) throws(StoreError) -> Bool
    {
        try changing(account, change) { () throws(StoreError) in
            try database.run(
                """
                UPDATE account SET second_factor = ?1, second_factor_since = iif(?2 = 1, coalesce(second_factor_since, ?3), NULL)
                WHERE name = ?4
                """, [.text(isOn ? "external" : "off"), .flag(isOn), .timestamp(change.at), .text(account.text)])
            for table in ["totp", "pending_totp", "recovery_code", "used_step"] {
                try database.run("DELETE FROM \(table) WHERE account = ?", [.text(account.text)])
            }
            if isOn { try endSessions(of: account, at: change.at) }
        }
    }

    /// Removes the second factor with its recovery codes and a started enrolment.
    ///
    /// - Returns: False if there is no such account.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func removeSecondFactor(account: AccountName, change: Change) throws(StoreError) -> Bool {
        try changing(account, change) { () throws(StoreError) in
            try database.run(
                "UPDATE account SET second_factor = 'off', second_factor_since = NULL WHERE name = ?",
                [.text(account.text)])
            for table in ["totp", "pending_totp", "recovery_code", "used_step"] {
                try database.run("DELETE FROM \(table) WHERE account = ?", [.text(account.text)])
            }
            try endSessions(of: account, at: change.at)
        }
    }

    /// What is stored about a second factor besides its kind.
    package struct SecondFactorDetail: Sendable {
        /// When a seed was shown whose first code is still awaited; nil: there is no such seed.
        package let pendingSince: Timestamp?
        /// The number of recovery codes.
        package let recoveryCodes: Int
        /// The number of unused recovery codes.
        package let unusedRecoveryCodes: Int
    }

    /// What is stored about an account's second factor besides its kind.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func secondFactorDetail(account: AccountName) throws(StoreError) -> SecondFactorDetail {
        let row = try database.prepare(
            """
            SELECT (SELECT created FROM pending_totp WHERE account = ?1), count(*), count(*) - count(used)
            FROM recovery_code WHERE account = ?1
            """, [.text(account.text)])
        _ = try row.step()
        return SecondFactorDetail(
            pendingSince: row.timestamp(0), recoveryCodes: Int(row.integer(1)), unusedRecoveryCodes: Int(row.integer(2))
        )
    }
}
