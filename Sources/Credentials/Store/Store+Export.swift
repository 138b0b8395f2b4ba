import Bytes
import SQL

extension Store {
    /// The number of records in an export, without the last one.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func countRecords() throws(StoreError) -> Int {
        Int(
            try database.number(
                """
                SELECT 1 + (SELECT count(*) FROM domain) + (SELECT count(*) FROM account)
                    + (SELECT count(*) FROM imported WHERE source <> '\(Self.exportSource)')
                """))
    }

    /// The source name of import marks that an import of an export leaves. These marks are not exported themselves.
    package static let exportSource = "jsonl"

    /// Calls `body` for each record of an export, all as they were at one time. Not exported are guesses, SMTP
    /// sign-ins, seeds that await their first code, app passwords of webmail sessions, previous main passwords, the
    /// change record and alarms.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func eachRecord(_ keys: Keys, _ body: (StoreRecord) -> Void) throws(StoreError) {
        guard !database.isServer else { return try temporaryCopy().eachRecord(keys, body) }
        try read { () throws(StoreError) in
            var record = StoreRecord()
            record.header = StoreRecord.Header(keyCheck: hex(keys.checkValue))
            body(record)
            try eachDomain(body)
            let names = try database.prepare("SELECT name FROM account ORDER BY name")
            while try names.step() {
                guard let account = try accountRecord(AccountName(stored: names.text(0))) else { continue }
                var record = StoreRecord()
                record.account = account
                body(record)
            }
            try eachImported(body)
        }
    }

    private func eachDomain(_ body: (StoreRecord) -> Void) throws(StoreError) {
        let rows = try database.prepare("SELECT name, generation FROM domain ORDER BY name")
        while try rows.step() {
            var record = StoreRecord()
            record.domain = try domainRecord(rows.text(0))
            body(record)
        }
    }

    /// The export record of a domain; nil if nothing was ever set for it.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func domainRecord(_ name: String) throws(StoreError) -> StoreRecord.Domain? {
        guard let policy = try policy(domain: name) else { return nil }
        let row = try database.prepare("SELECT generation FROM domain WHERE name = ?", [.text(name)])
        guard try row.step() else { return nil }
        let said = try mailbox(domain: name)
        let mailbox = StoreRecord.MailboxRecord(
            uid: said.uid, gid: said.gid, home: said.homeTemplate, fields: Self.texts(of: said.fields))
        return StoreRecord.Domain(
            name: name, generation: row.integer(0), policy: Self.record(of: policy),
            mailbox: said == MailboxOverrides() ? nil : mailbox)
    }

    private func eachImported(_ body: (StoreRecord) -> Void) throws(StoreError) {
        let rows = try database.prepare(
            """
            SELECT source, account, item, credential, digest, generation, is_incomplete FROM imported WHERE source <> ?
            ORDER BY source, account, item
            """, [.text(Self.exportSource)])
        while try rows.step() {
            var record = StoreRecord()
            record.imported = StoreRecord.Imported(
                source: rows.text(0), account: rows.text(1), item: rows.text(2), credential: rows.optionalText(3),
                digest: hex(rows.blob(4)), generation: rows.optionalInteger(5),
                isIncomplete: rows.flag(6) ? true : nil)
            body(record)
        }
    }

    // MARK: One account

    /// The export record of an account; nil if there is no such account.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func accountRecord(_ name: AccountName) throws(StoreError) -> StoreRecord.Account? {
        let row = try database.prepare(Self.accountColumns, [.text(name.text)])
        guard try row.step(), let policy = try policy(account: name) else { return nil }
        return StoreRecord.Account(
            address: name.text, generation: row.integer(0), created: Timestamp(row.integer(1)),
            mainHash: row.optionalText(2), mainIsMapped: row.flag(10) ? true : nil, mainGeneration: row.integer(3),
            mustChange: row.flag(4),
            disabledSince: row.timestamp(5), disabledUntil: row.timestamp(6), secondFactor: row.text(7),
            secondFactorSince: row.timestamp(8), sealedSeed: row.optionalBlob(9).map(hex),
            usedSteps: try usedSteps(name), recoveryCodes: try recoveryCodes(name),
            policy: Self.record(of: policy), mailUID: row.optionalText(11), mailGID: row.optionalText(12),
            mailHome: row.optionalText(13),
            mailFields: Self.texts(of: MailField.read(stored: row.optionalText(14))),
            aliases: try aliases(account: name),
            appPasswords: try appPasswordRecords(name), signIns: try signInEntries(name))
    }

    private static let accountColumns = Query(
        """
        SELECT generation, created, main_hash, main_generation, must_change, disabled_since, disabled_until,
            second_factor, second_factor_since, sealed_seed, main_is_mapped, mail_uid, mail_gid, mail_home,
            mail_fields
        FROM account LEFT JOIN totp ON totp.account = name AND second_factor = 'totp' WHERE name = ?
        """)

    /// The fields as texts; nil for none.
    private static func texts(of fields: [MailField]) -> [String]? { fields.isEmpty ? nil : fields.map(\.text) }

    /// The steps whose codes were used, in the order of their use; nil for none.
    private func usedSteps(_ name: AccountName) throws(StoreError) -> [Int64]? {
        let rows = try database.prepare(Self.stepsOfAccount, [.text(name.text)])
        var found: [Int64] = []
        while try rows.step() { found.append(rows.integer(0)) }
        return found.isEmpty ? nil : found
    }

    private static let stepsOfAccount = Query("SELECT step FROM used_step WHERE account = ? ORDER BY use")

    private static func record(of policy: Policy) -> StoreRecord.PolicyRecord {
        StoreRecord.PolicyRecord(
            appPasswordsRequired: policy.appPasswordsRequired, secondFactorRequired: policy.secondFactorRequired,
            maxAge: policy.maxAge, services: policy.services.map(StoreRecord.names),
            maxAppPasswords: policy.maxAppPasswords)
    }

    private func recoveryCodes(_ name: AccountName) throws(StoreError) -> [StoreRecord.RecoveryCode] {
        let rows = try database.prepare(Self.codesOfAccount, [.text(name.text)])
        var found: [StoreRecord.RecoveryCode] = []
        while try rows.step() {
            found.append(StoreRecord.RecoveryCode(verifier: hex(rows.blob(0)), used: rows.timestamp(1)))
        }
        return found
    }

    private static let codesOfAccount = Query(
        "SELECT verifier, used FROM recovery_code WHERE account = ? ORDER BY verifier")

    private func appPasswordRecords(_ name: AccountName) throws(StoreError) -> [StoreRecord.AppPasswordRecord] {
        let rows = try database.prepare(Self.appPasswordsOfAccount, [.text(name.text)])
        var found: [StoreRecord.AppPasswordRecord] = []
        while try rows.step() {
            found.append(
                StoreRecord.AppPasswordRecord(
                    id: rows.text(0), kind: rows.text(1), verifier: hex(rows.blob(2)), hash: rows.optionalText(3),
                    tag: rows.optionalInteger(4), name: rows.text(5),
                    services: StoreRecord.names(Scope(rawValue: rows.integer(6))),
                    networks: rows.text(7).split(separator: " ").map(String.init), created: Timestamp(rows.integer(8)),
                    expires: rows.timestamp(9), disabled: rows.timestamp(10), revoked: rows.timestamp(11),
                    used: rows.timestamp(12), successor: rows.optionalText(13)))
        }
        return found
    }

    private static let appPasswordsOfAccount = Query(
        """
        SELECT id, kind, verifier, hash, tag, name, scope, networks, created, expires, disabled, revoked, used, successor
        FROM app_password WHERE account = ? AND session IS NULL ORDER BY id
        """)

    private func signInEntries(_ name: AccountName) throws(StoreError) -> [StoreRecord.SignInEntry] {
        let rows = try database.prepare(Self.signInsOfOne, [.text(name.text)])
        var found: [StoreRecord.SignInEntry] = []
        while try rows.step() {
            found.append(
                StoreRecord.SignInEntry(
                    network: hex(rows.blob(0)), credential: rows.text(1), service: rows.text(2),
                    first: Timestamp(rows.integer(3)), last: Timestamp(rows.integer(4)), count: rows.integer(5)))
        }
        return found
    }

    private static let signInsOfOne = Query(
        """
        SELECT network, credential, service, first, last, count FROM sign_in WHERE account = ?
        ORDER BY network, credential, service
        """)
}
