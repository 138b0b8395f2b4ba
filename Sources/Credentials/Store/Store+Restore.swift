import Bytes

/// What an export says, back into a store.
extension Store {
    package enum Restored: Sendable {
        case done
        /// In place of what was here.
        case replaced
        /// The same is here.
        case same
        /// Something else is here.
        case other
        /// An alias, or the name, is here another account's.
        case taken(String)
    }

    /// Whether an export was made under this key file.
    package func belongs(_ header: StoreRecord.Header, to keys: Keys) -> Bool {
        guard let check = try? StoreRecord.bytes(header.keyCheck) else { return false }
        return constantTimeEquals(check, keys.checkValue)
    }

    /// The policy of a domain, unless another one is here.
    package func restore(_ domain: StoreRecord.Domain, change: Change) throws(StoreError)
        -> Result<Restored, RecordFault>
    {
        let policy: Policy
        do throws(RecordFault) {
            policy = try Self.policy(domain.policy)
            try StoreRecord.expectCount(domain.generation)
        } catch { return .failure(error) }
        return try atOnce { () throws(StoreError) in
            if let here = try domainRecord(domain.name) { return here == domain ? .same : .other }
            try connection.run(
                """
                INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, max_age, services,
                    most_app_passwords)
                VALUES (?, ?, ifnull(?, 0), ifnull(?, 0), ?, ?, ?)
                """, [.text(domain.name), .integer(domain.generation)] + Self.values(policy))
            try record(change)
            return .done
        }
    }

    /// What is remembered of an import, unless something is remembered here.
    package func restore(_ imported: StoreRecord.Imported) throws(StoreError) -> Result<Restored, RecordFault> {
        let digest: [UInt8]
        do throws(RecordFault) { digest = try StoreRecord.bytes(imported.digest) } catch { return .failure(error) }
        return try atOnce { () throws(StoreError) in
            try connection.run(
                "INSERT OR IGNORE INTO imported (source, account, item, credential, digest) VALUES (?, ?, ?, ?, ?)",
                [
                    .text(imported.source), .text(imported.account), .text(imported.item), .text(imported.credential),
                    .blob(digest),
                ])
            return .done
        }
    }

    /// An account with all that is its own.
    ///
    /// - Parameters:
    ///   - here: `accountRecord` of the name, read in the same transaction.
    ///   - replacing: Whether one that is here goes; its generation stays behind the new one's.
    package func restore(
        _ account: StoreRecord.Account, as name: AccountName, over here: StoreRecord.Account?, replacing: Bool,
        change: Change
    ) throws(StoreError) -> Result<Restored, RecordFault> {
        let rows: [Row]
        do throws(RecordFault) { rows = try Self.rows(of: account, name) } catch { return .failure(error) }
        return try atOnce { () throws(StoreError) in
            if here == account { return .same }
            guard here == nil || replacing else { return .other }
            if let taken = try firstTaken(of: account, name) { return .taken(taken) }
            try connection.run("DELETE FROM account WHERE name = ?", [.text(name.text)])
            // What is remembered of it comes with it.
            try connection.run(Self.forgetImports, [.text(name.text)])
            for row in rows { try connection.run(row.query, row.values) }
            var generation = account.generation
            if let here {
                generation = max(generation, here.generation) + 1
                try connection.run(
                    "UPDATE account SET generation = ? WHERE name = ?", [.integer(generation), .text(name.text)])
            }
            // A later account of this name begins above the number of the last change.
            try record(change, after: generation)
            return here == nil ? .done : .replaced
        }
    }

    /// The name or an alias that is somebody else's here.
    private func firstTaken(of account: StoreRecord.Account, _ name: AccountName) throws(StoreError) -> String? {
        for address in [name.text] + account.aliases {
            let row = try connection.prepare(Self.holder, [.text(address), .text(name.text)])
            if try row.step() { return address }
        }
        return nil
    }

    private static let holder = Query(
        """
        SELECT 1 FROM account WHERE name = ?1 AND name <> ?2
        UNION ALL SELECT 1 FROM alias WHERE address = ?1 AND account <> ?2
        """)

    /// Runs it as a whole or not at all within a larger change: what contradicts itself is a fault of the record.
    private func atOnce(_ body: () throws(StoreError) -> Restored) throws(StoreError) -> Result<Restored, RecordFault> {
        try write(durable: true) { () throws(StoreError) in
            try connection.execute("SAVEPOINT record")
            do throws(StoreError) {
                let result = try body()
                try connection.execute("RELEASE record")
                return .success(result)
            } catch {
                guard error.isConstraint else { throw error }
                try connection.execute("ROLLBACK TO record; RELEASE record")
                return .failure(RecordFault(text: "two things that cannot be at once"))
            }
        }
    }

    private struct Row {
        let query: Query
        let values: [Value]
    }

    /// All of them are made before the first is written: a fault in one leaves nothing half done.
    private static func rows(of account: StoreRecord.Account, _ name: AccountName) throws(RecordFault) -> [Row] {
        guard let secondFactor = SecondFactor(rawValue: account.secondFactor),
            (secondFactor == .totp) == (account.sealedSeed != nil)
        else { throw RecordFault(text: "a second factor that cannot be") }
        try StoreRecord.expectCount(account.generation)
        try StoreRecord.expectCount(account.mainGeneration)
        let text = Value.text(name.text)
        var rows = [
            Row(
                query: insertAccount,
                values: [
                    text, .text(name.domain), .integer(account.generation), .moment(account.created),
                    .text(account.mainHash), .integer(account.mainGeneration), .flag(account.mustChange),
                    .moment(account.disabledSince), .moment(account.disabledUntil), .text(secondFactor.rawValue),
                    .moment(account.secondFactorSince), .text(account.mailUID), .text(account.mailGID),
                    .text(account.mailHome),
                ] + values(try policy(account.policy)))
        ]
        if let seed = account.sealedSeed {
            rows.append(
                Row(
                    query: insertSeed,
                    values: [text, .blob(try StoreRecord.bytes(seed)), .integer(account.lastStep ?? 0)]))
        }
        for code in account.recoveryCodes {
            rows.append(
                Row(
                    query: insertCode,
                    values: [text, .blob(try StoreRecord.bytes(code.verifier)), .moment(code.used)]))
        }
        for alias in account.aliases {
            guard let address = AccountName(alias), address.text == alias else {
                throw RecordFault(text: "a bad alias")
            }
            rows.append(Row(query: insertAlias, values: [.text(alias), text]))
        }
        for one in account.appPasswords { rows.append(Row(query: insertAppPassword, values: try values(one, name))) }
        for entry in account.signIns {
            rows.append(
                Row(
                    query: insertSignIn,
                    values: [
                        text, .blob(try StoreRecord.bytes(entry.network)), .text(entry.credential),
                        .text(entry.service), .moment(entry.first), .moment(entry.last), .integer(entry.count),
                    ]))
        }
        return rows
    }

    private static func values(_ one: StoreRecord.AppPasswordRecord, _ account: AccountName) throws(RecordFault)
        -> [Value]
    {
        guard AppPassword.Kind(rawValue: one.kind) != nil else {
            throw RecordFault(text: "an unknown kind of app password")
        }
        guard one.networks.allSatisfy({ CIDR($0) != nil }) else { throw RecordFault(text: "a bad network") }
        return [
            .blob(try StoreRecord.bytes(one.verifier)), .text(account.text), .text(one.id), .text(one.kind),
            .text(one.hash), .integer(one.tag), .text(one.name), .integer(try StoreRecord.scope(one.services).rawValue),
            .text(one.networks.joined(separator: " ")), .moment(one.created), .moment(one.expires),
            .moment(one.disabled), .moment(one.revoked), .moment(one.used), .text(one.successor),
            try one.session.map { digits throws(RecordFault) in .blob(try StoreRecord.bytes(digits)) } ?? .null,
        ]
    }

    private static func policy(_ record: StoreRecord.PolicyRecord) throws(RecordFault) -> Policy {
        Policy(
            appPasswordsRequired: record.appPasswordsRequired, secondFactorRequired: record.secondFactorRequired,
            maxAge: record.maxAge,
            services: try record.services.map { names throws(RecordFault) in try StoreRecord.scope(names) },
            mostAppPasswords: record.mostAppPasswords)
    }

    private static let insertAccount = Query(
        """
        INSERT INTO account (name, domain, generation, created, main_hash, main_generation, must_change, disabled_since,
            disabled_until, second_factor, second_factor_since, mail_uid, mail_gid, mail_home,
            app_passwords_required, second_factor_required, max_age, services, most_app_passwords)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    private static let insertSeed = Query("INSERT INTO totp (account, sealed_seed, last_step) VALUES (?, ?, ?)")
    private static let insertCode = Query("INSERT INTO recovery_code (account, verifier, used) VALUES (?, ?, ?)")
    private static let insertAlias = Query("INSERT INTO alias (address, account) VALUES (?, ?)")
    private static let insertAppPassword = Query(
        """
        INSERT INTO app_password (verifier, account, id, kind, hash, tag, name, scope, networks, created, expires,
            disabled, revoked, used, successor, session)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    private static let insertSignIn = Query(
        "INSERT INTO sign_in (account, network, credential, service, first, last, count) VALUES (?, ?, ?, ?, ?, ?, ?)")
}
