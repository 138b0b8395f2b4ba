import Bytes
import SQL

/// Restores the records of an export. Each call is part of a larger transaction, in which the present record was read.
extension Store {
    /// The carrier from the keys of an export to those of this database; nil if they are not among its keys.
    package func carrier(of header: StoreRecord.Header) -> KeyCarrier? {
        guard let check = try? StoreRecord.bytes(header.keyCheck), let made = keys.with(checkValue: check) else {
            return nil
        }
        return KeyCarrier(from: made, to: keys)
    }

    /// Restores a domain's policy and mailbox, in place of its present ones. The policy of a new domain only applies to
    /// existing app passwords once it is enforced, after the accounts are restored: its generation is part of theirs.
    ///
    /// - Returns: What is wrong with the record; nil: nothing.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func restore(_ domain: StoreRecord.Domain, over here: StoreRecord.Domain?, change: Change)
        throws(StoreError) -> RecordFault?
    {
        let (policy, mailbox): (Policy, MailboxOverrides)
        do throws(RecordFault) {
            policy = try Self.policy(domain.policy)
            mailbox = MailboxOverrides(
                uid: domain.mailbox?.uid, gid: domain.mailbox?.gid, homeTemplate: domain.mailbox?.home,
                fields: try StoreRecord.fields(domain.mailbox?.fields))
            try StoreRecord.expectCount(domain.generation)
        } catch { return error }
        return try atOnce { () throws(StoreError) in
            guard here == nil else {
                if domain.mailbox != here?.mailbox { try setMailbox(mailbox, domain: domain.name, change: change) }
                return try setPolicy(PolicyChange(policy, cleared: .all), domain: domain.name, change: change)
            }
            try database.run(
                """
                INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, max_age, services,
                    most_app_passwords, mail_uid, mail_gid, mail_home, mail_fields)
                VALUES (?, ?, coalesce(?, 0), coalesce(?, 0), ?, ?, ?, ?, ?, ?, ?)
                """,
                [.text(domain.name), .integer(domain.generation)] + Self.values(policy) + [
                    .text(mailbox.uid), .text(mailbox.gid), .text(mailbox.homeTemplate),
                    .text(MailField.encode(mailbox.fields)),
                ])
            try record(change)
        }
    }

    private static let replaceMark = """
        DO UPDATE SET credential = excluded.credential, digest = excluded.digest, generation = excluded.generation,
            is_incomplete = excluded.is_incomplete
        """

    /// Restores an import mark.
    ///
    /// - Parameter replaces: Whether it replaces a mark that Postern has.
    /// - Returns: What is wrong with the record; nil: nothing.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func restore(_ imported: StoreRecord.Imported, replaces: Bool) throws(StoreError) -> RecordFault? {
        let digest: [UInt8]
        do throws(RecordFault) { digest = try StoreRecord.bytes(imported.digest) } catch { return error }
        return try atOnce { () throws(StoreError) in
            try database.run(
                """
                INSERT INTO imported (source, account, item, credential, digest, generation, is_incomplete)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, account, item)
                \(replaces ? Self.replaceMark : "DO NOTHING")
                """,
                [
                    .text(imported.source), .text(imported.account), .text(imported.item), .text(imported.credential),
                    .blob(digest), .integer(imported.generation), .flag(imported.isIncomplete ?? false),
                ])
        }
    }

    /// Restores an account with everything that a record has of it, in place of the one that exists. What a record does
    /// not have stays: SMTP grants, by which open connections are judged, sessions, a started enrolment, alarms.
    ///
    /// - Parameter former: What happens to the main password that is replaced; `asBefore` if it is the same one.
    /// - Returns: What is wrong with the record; nil: nothing.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func restore(
        _ account: StoreRecord.Account, as name: AccountName, over old: StoreRecord.Account?, former: FormerChange,
        change: Change
    ) throws(StoreError) -> RecordFault? {
        var account = account
        let isNewMainPassword = former != .asBefore
        if let old, !isNewMainPassword {
            (account.mainHash, account.mainIsMapped) = (old.mainHash, old.mainIsMapped)
        }
        let rows: [Row]
        do throws(RecordFault) { rows = try Self.rows(of: account, name) } catch { return error }
        return try atOnce { () throws(StoreError) in
            if let old {
                for query in Self.clearing { try database.run(query, [.text(name.text)]) }
                if isNewMainPassword || !account.asksTheSame(as: old) { try endSessions(of: name, at: change.at) }
                if isNewMainPassword { try setFormer(former, of: name, at: change.at) }
            }
            // Import marks under this name belong to an earlier account.
            if old == nil { try database.run(Self.forgetImports, [.text(name.text)]) }
            for row in rows { try database.run(row.query, row.values) }
            if let old { try putUses(of: old, name) }
            // Above that of an earlier account of this name, too. 0 stands for "no account".
            let least = try number(Self.lastChange, name.text)
            let generation = max(account.generation, old.map { $0.generation + 1 } ?? 1, least)
            let total = generation + (try number(Self.generationOfDomain, name.domain))
            let mainGeneration =
                if let old, !isNewMainPassword {
                    old.mainGeneration
                } else {
                    old == nil && least == 0 ? min(account.mainGeneration, total) : total
                }
            let renewsLooks = isNewMainPassword || old.map { $0.appPasswords != account.appPasswords } ?? true
            try database.run(
                Self.setGenerations,
                [.integer(generation), .integer(mainGeneration), .text(name.text), .flag(renewsLooks)])
            // A later account of this name begins above the number of the last change.
            try record(change, after: generation)
        }
    }

    /// Restores what sign-ins at the source changed in an account that is otherwise the same: a code that was used at
    /// the source cannot be used again in Postern.
    ///
    /// - Returns: What is wrong with the record; nil: nothing.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func restoreUses(of account: StoreRecord.Account, as name: AccountName) throws(StoreError) -> RecordFault? {
        let signIns: [Row]
        do throws(RecordFault) {
            for step in account.spentSteps { try StoreRecord.expectCount(step) }
            signIns = try Self.signIns(of: account)
        } catch { return error }
        return try atOnce { () throws(StoreError) in
            for row in signIns { try database.run(row.query, row.values) }
            try putUses(of: account, name)
        }
    }

    /// Marks what a record says was used of an account's secrets, as far as Postern has the same ones.
    private func putUses(of account: StoreRecord.Account, _ name: AccountName) throws(StoreError) {
        for one in account.appPasswords where one.used != nil {
            try database.run(
                Self.useAppPassword, [.timestamp(one.used), .text(name.text), .text(one.id)])
        }
        for code in account.recoveryCodes where code.used != nil {
            guard let verifier = try? StoreRecord.bytes(code.verifier) else { continue }
            try database.run(Self.useCode, [.timestamp(code.used), .text(name.text), .blob(verifier)])
        }
        if let seed = account.sealedSeed.flatMap({ try? StoreRecord.bytes($0) }) {
            for step in account.spentSteps {
                try database.run(Self.useStep, [.integer(step), .text(name.text), .blob(seed)])
            }
        }
    }

    private static let lastChange = Query("SELECT coalesce(max(number) + 1, 0) FROM change WHERE subject = ?")
    private static let generationOfDomain = Query("SELECT generation FROM domain WHERE name = ?")
    private static let setGenerations = Query(
        """
        UPDATE account SET generation = ?1, secrets_generation = iif(?4 = 1, ?1, secrets_generation), main_generation = ?2
        WHERE name = ?3
        """)
    private static let useAppPassword = Query(
        "UPDATE app_password SET used = max(coalesce(used, ?1), ?1) WHERE account = ?2 AND id = ?3")
    private static let useCode = Query(
        "UPDATE recovery_code SET used = coalesce(used, ?1) WHERE account = ?2 AND verifier = ?3")
    private static let useStep = Query(
        """
        INSERT INTO used_step (account, step, use)
        SELECT ?2, ?1, coalesce((SELECT max(use) FROM used_step WHERE account = ?2), 0) + 1
        FROM totp WHERE account = ?2 AND sealed_seed = ?3 ON CONFLICT DO NOTHING
        """)

    /// The number that a query with one value gives; 0 if there is no row.
    private func number(_ query: Query, _ value: String) throws(StoreError) -> Int64 {
        let row = try database.prepare(query, [.text(value)])
        return try row.step() ? row.integer(0) : 0
    }

    /// Runs `body` as a whole or not at all within a larger transaction. A violated constraint is a fault of the
    /// record.
    private func atOnce(_ body: () throws(StoreError) -> Void) throws(StoreError) -> RecordFault? {
        try write(durable: true) { () throws(StoreError) in
            try database.execute("SAVEPOINT record")
            do throws(StoreError) {
                try body()
                try database.execute("RELEASE record")
                return nil
            } catch {
                guard error.isConstraint else { throw error }
                try database.execute("ROLLBACK TO record; RELEASE record")
                return RecordFault(text: "entries that exclude each other, such as the same id or alias twice")
            }
        }
    }

    private struct Row {
        let query: Query
        let values: [Value]
    }

    /// The rows of an account. All of them are made before the first is written, so that a fault in one leaves nothing
    /// half done.
    private static func rows(of account: StoreRecord.Account, _ name: AccountName) throws(RecordFault) -> [Row] {
        guard let secondFactor = SecondFactor(rawValue: account.secondFactor) else {
            throw RecordFault(text: "an unknown second factor")
        }
        guard (secondFactor == .totp) == (account.sealedSeed != nil) else {
            throw RecordFault(text: "a TOTP second factor without a seed, or a seed without it")
        }
        try StoreRecord.expectCount(account.generation)
        try StoreRecord.expectCount(account.mainGeneration)
        for step in account.spentSteps { try StoreRecord.expectCount(step) }
        let text = Value.text(name.text)
        var rows = [
            Row(
                query: insertAccount,
                values: [
                    text, .text(name.domain), .integer(account.generation), .timestamp(account.created),
                    .text(account.mainHash), .integer(account.mainGeneration), .flag(account.mustChange),
                    .timestamp(account.disabledSince), .timestamp(account.disabledUntil), .text(secondFactor.rawValue),
                    .timestamp(account.secondFactorSince), .text(account.mailUID), .text(account.mailGID),
                    .text(account.mailHome),
                ] + values(try policy(account.policy)) + [
                    .text(canonical(name)), .flag(account.mainIsMapped ?? false),
                    .text(MailField.encode(try StoreRecord.fields(account.mailFields))),
                ])
        ]
        if let seed = account.sealedSeed {
            rows.append(
                Row(
                    query: insertSeed,
                    values: [text, .blob(try StoreRecord.bytes(seed))]))
            for (use, step) in account.spentSteps.enumerated() {
                rows.append(Row(query: insertStep, values: [text, .integer(step), .integer(Int64(use))]))
            }
        }
        for code in account.recoveryCodes {
            rows.append(
                Row(
                    query: insertCode,
                    values: [text, .blob(try StoreRecord.bytes(code.verifier)), .timestamp(code.used)]))
        }
        for alias in account.aliases {
            // A text that is not an address allows nobody to send.
            guard let address = SenderAddress(alias) else { continue }
            rows.append(Row(query: insertAlias, values: [.text(address.text), text]))
        }
        for one in account.appPasswords { rows.append(Row(query: insertAppPassword, values: try values(one, name))) }
        rows += try signIns(of: account)
        return rows
    }

    /// The canonical form to be stored; nil if the name is its own.
    private static func canonical(_ name: AccountName) -> String? {
        AccountName(name.text).flatMap { $0 == name ? nil : $0.text }
    }

    private static func signIns(of account: StoreRecord.Account) throws(RecordFault) -> [Row] {
        var rows: [Row] = []
        for entry in account.signIns {
            rows.append(
                Row(
                    query: insertSignIn,
                    values: [
                        .text(account.address), .blob(try StoreRecord.bytes(entry.network)), .text(entry.credential),
                        .text(entry.service), .timestamp(entry.first), .timestamp(entry.last), .integer(entry.count),
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
        guard one.networks.allSatisfy({ CIDR($0) != nil }) else { throw RecordFault(text: "an invalid network") }
        return [
            .blob(try StoreRecord.bytes(one.verifier)), .text(account.text), .text(one.id), .text(one.kind),
            .text(one.hash), .integer(one.tag), .text(one.name), .integer(try StoreRecord.scope(one.services).rawValue),
            .text(one.networks.joined(separator: " ")), .timestamp(one.created), .timestamp(one.expires),
            .timestamp(one.disabled), .timestamp(one.revoked), .timestamp(one.used), .text(one.successor),
        ]
    }

    private static func policy(_ record: StoreRecord.PolicyRecord) throws(RecordFault) -> Policy {
        for number in [record.maxAge, record.maxAppPasswords].compactMap({ $0 }) {
            try StoreRecord.expectCount(number)
        }
        return Policy(
            appPasswordsRequired: record.appPasswordsRequired, secondFactorRequired: record.secondFactorRequired,
            maxAge: record.maxAge,
            services: try record.services.map { names throws(RecordFault) in try StoreRecord.scope(names) },
            maxAppPasswords: record.maxAppPasswords)
    }

    private static let insertAccount = Query(
        """
        INSERT INTO account (name, domain, generation, created, main_hash, main_generation, must_change, disabled_since,
            disabled_until, second_factor, second_factor_since, mail_uid, mail_gid, mail_home,
            app_passwords_required, second_factor_required, max_age, services, most_app_passwords, canonical,
            main_is_mapped, mail_fields)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET created = excluded.created, main_hash = excluded.main_hash,
            main_generation = excluded.main_generation, must_change = excluded.must_change,
            disabled_since = excluded.disabled_since, disabled_until = excluded.disabled_until,
            second_factor = excluded.second_factor, second_factor_since = excluded.second_factor_since,
            mail_uid = excluded.mail_uid, mail_gid = excluded.mail_gid, mail_home = excluded.mail_home,
            app_passwords_required = excluded.app_passwords_required,
            second_factor_required = excluded.second_factor_required, max_age = excluded.max_age,
            services = excluded.services, most_app_passwords = excluded.most_app_passwords,
            canonical = excluded.canonical, main_is_mapped = excluded.main_is_mapped,
            mail_fields = excluded.mail_fields
        """)
    /// Deletes the rows that those of a record replace.
    private static let clearing = [
        Query("DELETE FROM totp WHERE account = ?"), Query("DELETE FROM recovery_code WHERE account = ?"),
        Query("DELETE FROM used_step WHERE account = ?"), Query("DELETE FROM alias WHERE account = ?"),
        Query("DELETE FROM app_password WHERE account = ? AND session IS NULL"),
    ]
    private static let insertSeed = Query("INSERT INTO totp (account, sealed_seed) VALUES (?, ?)")
    private static let insertStep = Query(
        "INSERT INTO used_step (account, step, use) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
    private static let insertCode = Query("INSERT INTO recovery_code (account, verifier, used) VALUES (?, ?, ?)")
    private static let insertAlias = Query(
        "INSERT INTO alias (address, account) VALUES (?, ?) ON CONFLICT DO NOTHING")
    private static let insertAppPassword = Query(
        """
        INSERT INTO app_password (verifier, account, id, kind, hash, tag, name, scope, networks, created, expires,
            disabled, revoked, used, successor)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    private static let insertSignIn = Query(
        """
        INSERT INTO sign_in (account, network, credential, service, first, last, count) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (account, network, credential, service) DO UPDATE SET first = min(sign_in.first, excluded.first),
            last = max(sign_in.last, excluded.last), count = max(sign_in.count, excluded.count)
        """)
}
