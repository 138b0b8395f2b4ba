import SQL

/// The reads of one sign-in attempt. Each is one or two indexed look-ups; callers put them into one `read`.
extension Store {
    /// The account of this name with its domain's policy; nil if there is none. It is found by its stored spelling,
    /// else by its canonical form; accounts that share a canonical form are found by their stored spelling alone.
    ///
    /// - Throws: `StoreError` when the database cannot be read or is damaged.
    package func account(_ name: AccountName) throws(StoreError) -> AccountState? {
        let spelling = name.spelling ?? name.text
        if let found = try account(stored: spelling) { return found }
        guard let stored = try nameOfOnly(canonical: name.text) else {
            try expectNone(Self.accountInIndex, [.text(name.domain), .text(spelling)])
            return nil
        }
        return try account(stored: stored)
    }

    func account(stored name: String) throws(StoreError) -> AccountState? {
        let row = try database.prepare(Self.accountByName, [.text(name)])
        return try row.step() ? try account(row, AccountName(stored: name)) : nil
    }

    func account(_ row: borrowing Rows, _ name: AccountName) throws(StoreError) -> AccountState {
        guard let secondFactor = SecondFactor(rawValue: row.text(5)) else {
            throw .corrupt(message: "unknown kind of second factor")
        }
        let former = row.timestamp(18).map {
            FormerPassword(hash: row.text(16), isMapped: row.flag(17), until: $0)
        }
        let fields = MailField.merge(
            MailField.read(stored: row.optionalText(20)), MailField.read(stored: row.optionalText(21)))
        return AccountState(
            name: name, generation: row.integer(0), mainHash: row.optionalText(1),
            isMainMapped: row.flag(15), former: former, secretsGeneration: row.integer(22),
            mainGeneration: row.integer(13), mustChange: row.flag(2),
            disabledSince: row.timestamp(3), disabledUntil: row.timestamp(4), secondFactor: secondFactor,
            secondFactorSince: row.timestamp(6), appPasswordsRequired: row.flag(7), secondFactorRequired: row.flag(8),
            services: Scope(rawValue: row.integer(14)), sendsAsAny: row.flag(19),
            mailbox: MailboxOverrides(
                uid: row.optionalText(9), gid: row.optionalText(10), home: row.optionalText(11),
                homeTemplate: row.optionalText(23), fields: fields),
            created: Timestamp(row.integer(12)))
    }

    private static let accountByName = Query(
        "SELECT \(stateColumns) FROM account a LEFT JOIN domain d ON d.name = a.domain WHERE a.name = ?")

    static let stateColumns = """
        a.generation + coalesce(d.generation, 0), a.main_hash, a.must_change, a.disabled_since,
            a.disabled_until, a.second_factor, a.second_factor_since,
            coalesce(a.app_passwords_required, coalesce(d.app_passwords_required, 0)),
            coalesce(a.second_factor_required, coalesce(d.second_factor_required, 0)),
            coalesce(a.mail_uid, d.mail_uid), coalesce(a.mail_gid, d.mail_gid), a.mail_home, a.created, a.main_generation,
            coalesce(a.services, coalesce(d.services, \(Scope.mail.rawValue))), a.main_is_mapped, a.former_hash,
            a.former_is_mapped, a.former_until, a.sends_as_any, a.mail_fields, d.mail_fields, a.secrets_generation,
            d.mail_home
        """
    /// The number of columns in `stateColumns`.
    static let stateColumnCount: Int32 = 24

    /// The stored name of the only account that has this canonical form; nil if there is none, or more than one.
    private func nameOfOnly(canonical: String) throws(StoreError) -> String? {
        let rows = try database.prepare(Self.namesOfForm, [.text(canonical)])
        guard try rows.step() else { return nil }
        let name = rows.text(0)
        return try rows.step() ? nil : name
    }

    /// The stored names of accounts that have one canonical form; first the account that is stored under that form.
    static let namesOfForm = Query(
        "SELECT name FROM account WHERE name = ?1 UNION ALL SELECT name FROM account WHERE canonical = ?1")

    /// The account's generated app password with this verifier: one look-up, however many the account has.
    ///
    /// - Throws: `StoreError` when the database cannot be read or is damaged.
    package func generatedAppPassword(verifier: [UInt8], account: AccountName) throws(StoreError) -> AppPassword? {
        let row = try database.prepare(Self.appPasswordByVerifier, [.blob(verifier), .text(account.text)])
        if try row.step() { return try appPassword(row, of: account) }
        try expectNone(Self.appPasswordInIndex, [.text(account.text), .blob(verifier)])
        return nil
    }

    /// A generated app password and its account, by the stored name of the account; nil if there is none.
    ///
    /// - Throws: `StoreError` when the database cannot be read or is damaged.
    package func accountAndAppPassword(_ verifier: AppPasswordVerifier, of name: AccountName) throws(StoreError) -> (
        AccountState, AppPassword
    )? {
        let row = try database.prepare(Self.accountAndAppPassword, [.blob(verifier.bytes), .text(name.text)])
        guard try row.step() else { return nil }
        return (try account(row, name), try appPassword(row, of: name, from: Self.stateColumnCount))
    }

    private static let accountAndAppPassword = Query(
        """
        SELECT \(stateColumns), \(appPasswordColumns)
        FROM app_password p JOIN account a ON a.name = p.account LEFT JOIN domain d ON d.name = a.domain
        WHERE p.verifier = ? AND p.account = ? AND p.kind = 'generated'
        """)

    /// A damaged page can make a row look absent. Before answering "no such row", checks that the index has no entry
    /// either.
    private func expectNone(_ query: Query, _ values: [Value]) throws(StoreError) {
        // A server notices damaged pages by their checksums.
        guard !database.isServer else { return }
        if try database.prepare(query, values).step() {
            throw .corrupt(message: "an index entry has no row")
        }
    }

    private static let accountInIndex = Query(
        "SELECT 1 FROM account INDEXED BY account_domain WHERE domain = ? AND name = ?")
    private static let appPasswordInIndex = Query(
        "SELECT 1 FROM app_password INDEXED BY app_password_account WHERE account = ? AND verifier = ?")

    private static let appPasswordByVerifier = Query(
        appPasswords + " WHERE verifier = ? AND account = ? AND kind = 'generated'")

    /// The account's app password with this id, whatever its state.
    ///
    /// - Throws: `StoreError` when the database cannot be read or is damaged.
    package func appPassword(id: String, account: AccountName) throws(StoreError) -> AppPassword? {
        let row = try database.prepare(Self.appPasswordByID, [.text(account.text), .text(id)])
        return try row.step() ? try appPassword(row, of: account) : nil
    }

    private static let appPasswordByID = Query(
        appPasswords + " WHERE account = ? AND id = ?")

    /// The slow app passwords that this secret may be: those whose tag matches, then those without a tag.
    ///
    /// - Parameters:
    ///   - compactTag: The tag of the canonical text if the secret reads as a compact app password.
    ///   - rawTag: The tag of the secret as it was presented.
    /// - Throws: `StoreError` when the database cannot be read or is damaged.
    package func slowAppPasswords(account: AccountName, compactTag: Int64?, rawTag: Int64) throws(StoreError)
        -> [SlowCandidate]
    {
        let rows = try database.prepare(
            Self.slowByTag, [.text(account.text), .integer(compactTag), .integer(rawTag)])
        var found: [SlowCandidate] = []
        while try rows.step() {
            found.append(Self.slowCandidate(try appPassword(rows, of: account), rows))
        }
        return found
    }

    /// An app password that the secret may be, with the rest of its row, which begins with `appPasswordColumns`.
    static func slowCandidate(_ appPassword: AppPassword, _ row: borrowing Rows) -> SlowCandidate {
        SlowCandidate(appPassword: appPassword, hash: row.text(10), isTagged: row.optionalInteger(11) != nil)
    }

    private static let slowByTag = Query(
        """
        \(appPasswords) WHERE account = ?1 AND hash IS NOT NULL
            AND (kind = 'compact' AND tag = ?2 OR kind = 'imported' AND (tag = ?3 OR tag IS NULL))
        ORDER BY tag IS NULL, revoked IS NOT NULL, id
        """)

    /// Whether the account has signed in from this network before.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func knows(_ network: Network, account: AccountName) throws(StoreError) -> Bool {
        try database.prepare(Self.knownNetwork, [.text(account.text), .blob(network.bytes)]).step()
    }

    private static let knownNetwork = Query("SELECT 1 FROM sign_in WHERE account = ? AND network = ? LIMIT 1")

    static let appPasswords = "SELECT \(appPasswordColumns) FROM app_password p"

    static let appPasswordColumns = """
        p.account, p.id, p.kind, p.name, p.scope, p.networks, p.created, p.expires, p.disabled, p.revoked, p.hash,
        p.tag, p.session IS NOT NULL, p.successor
        """
    /// The number of columns in `appPasswordColumns`.
    static let appPasswordColumnCount: Int32 = 14

    /// Reads an app password from a row.
    ///
    /// - Parameters:
    ///   - account: The account it belongs to; nil to take it from the row.
    ///   - first: The first column of the app password.
    func appPassword(_ row: borrowing Rows, of account: AccountName? = nil, from first: Int32 = 0) throws(StoreError)
        -> AppPassword
    {
        // A network list that cannot be read must not turn into "everywhere".
        let blocks = row.blob(first + 5).split(separator: UInt8(ascii: " "))
        let networks = blocks.compactMap { CIDR(String(decoding: $0, as: UTF8.self)) }
        guard let kind = AppPassword.Kind(rawValue: row.text(first + 2)), networks.count == blocks.count else {
            throw .corrupt(message: "app password \(row.text(first + 1)) cannot be read")
        }
        return AppPassword(
            account: account ?? AccountName(stored: row.text(first)), id: row.text(first + 1), kind: kind,
            name: row.text(first + 3), scope: Scope(rawValue: row.integer(first + 4)), networks: networks,
            created: Timestamp(row.integer(first + 6)), expires: row.timestamp(first + 7),
            disabled: row.timestamp(first + 8), revoked: row.timestamp(first + 9), isOfSession: row.flag(first + 12),
            successor: row.optionalText(first + 13))
    }
}
