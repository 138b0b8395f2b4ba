import Credentials

/// A user of a passwd-file, or of a file that is read like one.
struct UserEntry {
    let user: String
    /// `user:password:uid:gid:gecos:home:shell:extra fields`; the last ones may be missing.
    let fields: [String]
    /// The domain of a user without one.
    let domain: String
    /// Line in the file, from 1.
    let line: Int

    static func eachAccount(
        of entries: [UserEntry], defaultScheme: String?,
        _ body: (consuming ImportedAccount) throws(SourceError) -> Void, note: (ImportNote) -> Void
    ) throws(SourceError) {
        var dropped: [String: Int] = [:]
        for entry in entries {
            guard let name = AccountName(entry.user, defaultDomain: entry.domain), name.canBeAccount else {
                note(
                    ImportNote(SourceValue.nameAlone(entry.user), AccountName.whyNotImportable, line: entry.line))
                continue
            }
            try body(entry.account(name, defaultScheme, &dropped))
        }
        for (field, count) in dropped.sorted(by: { $0.key < $1.key }) {
            note(
                ImportNote(
                    field, "Postern has no such field; skipped for \(count) \(count == 1 ? "account" : "accounts")"))
        }
    }

    private func account(_ name: AccountName, _ defaultScheme: String?, _ dropped: inout [String: Int])
        -> ImportedAccount
    {
        var account = ImportedAccount(name)
        func field(_ index: Int) -> String? {
            fields.count > index && !fields[index].isEmpty ? fields[index] : nil
        }
        var own = MailboxOverrides(uid: field(2), gid: field(3), home: field(5))
        var networks: [String] = []
        for extra in (field(7) ?? "").split(separator: " ") {
            let parts = extra.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = parts.count == 2 ? parts[1] : ""
            // `name:protected=value` sets it only where it is not set yet.
            switch String(parts[0].prefix { $0 != ":" }) {
            case "allow_nets", "allow_real_nets": networks.append(value)
            case "nologin", "fail": account.isDisabled = true
            case "nopassword":
                account.isDisabled = true
                account.note("Dovecot accepts any password for it (nopassword): it is disabled")
            case "userdb_uid": own.uid = value
            case "userdb_gid": own.gid = value
            case "userdb_home": own.home = value
            case let key where key.hasPrefix("userdb_"):
                let field = MailField(name: String(key.dropFirst("userdb_".count)), value: value)
                guard let field, own.fields.count < MailField.maxCount else {
                    dropped[Self.fieldName(key), default: 0] += 1
                    continue
                }
                own.fields.removeAll { $0.name == field.name }
                own.fields.append(field)
            case let key: dropped[Self.fieldName(key), default: 0] += 1
            }
        }
        if own.uid == "0" || own.gid == "0" {
            account.isDisabled = true
            account.note(
                "its mail would belong to root, which Dovecot refuses: it is disabled, and uid and gid are skipped")
            (own.uid, own.gid) = (nil, nil)
        }
        if let home = own.home { own.home = expand(home, name, &account) }
        account.mailbox = own
        account.mainHash = field(1).flatMap { Self.hash($0, defaultScheme) }
        if !networks.isEmpty { account.limitMainPassword(to: networks) }
        return account
    }

    /// Returns the hash; nil if it is locked by `*` or `!`, which no password matches (crypt(5), "Portability notes").
    /// A password without a scheme may have libpam-pwdfile's behind it, as in `[34]` (src/auth/db-passwd-file.c).
    private static func hash(_ stored: String, _ defaultScheme: String?) -> String? {
        let body = stored.hasPrefix("{CRYPT}") ? stored.dropFirst("{CRYPT}".count) : stored[...]
        if body.hasPrefix("*") || body.hasPrefix("!") { return nil }
        if !stored.hasPrefix("{"), !stored.hasPrefix("$"), stored.hasSuffix("]"), let start = stored.lastIndex(of: "[")
        {
            let scheme =
                switch stored[start...] {
                case "[34]": "PLAIN-MD5"
                case "[56]": "DIGEST-MD5"
                default: "CRYPT"
                }
            return "{\(scheme)}\(stored[..<start])"
        }
        return SourceValue.hash(stored, defaultScheme: defaultScheme)
    }

    /// Dovecot's fields that are not imported (its documentation, "passdb extra fields").
    private static let knownFields: Set = [
        "user", "username", "domain", "proxy", "proxy_maybe", "host", "hostip", "port", "ssl", "starttls", "pass",
        "destuser",
        "master", "nodelay", "delay_until", "reason", "noauthenticate", "login_user", "password", "password_noscheme",
        "k5principals", "event_name",
    ]

    /// Returns the name of a field if Dovecot has it: another text may be part of a password.
    private static func fieldName(_ text: String) -> String {
        let isName = text.hasPrefix("userdb_") || knownFields.contains(text)
        return isName ? text : "a field that Dovecot does not have"
    }

    /// Returns the home with Dovecot's variables expanded; nil, with a note, if it is not an absolute path then.
    private func expand(_ template: String, _ name: AccountName, _ account: inout ImportedAccount) -> String? {
        // The spelling of the file: the mail is stored under that name.
        let spelling = name.spelling ?? name.text
        let at = spelling.lastIndex(of: "@") ?? spelling.endIndex
        let home = template.replacing("%u", with: spelling).replacing("%n", with: spelling[..<at])
            .replacing("%d", with: spelling[at...].dropFirst())
        guard home.hasPrefix("/"), !home.contains("%") else {
            account.note(
                "its home is not an absolute path, or has variables beside %u, %n and %d: that of the configuration is "
                    + "used")
            return nil
        }
        return home
    }
}

extension ImportedAccount {
    /// Turns the main password into an app password that is limited to networks: in Postern no main password can be
    /// limited.
    ///
    /// - Parameter lists: Lists of networks, separated by commas; a client must be in each list.
    mutating func limitMainPassword(to lists: [String]) {
        guard let hash = mainHash else { return }
        let read = lists.map { SourceValue.networks($0) }
        let networks = read.dropFirst().reduce(read.first?.read ?? []) { common, list in
            common.flatMap { one in
                list.read.compactMap { other in other.contains(one) ? one : one.contains(other) ? other : nil }
            }
        }
        let unread = read.flatMap(\.unread)
        var one = ImportedAppPassword(item: "allow_nets", name: "Password limited to networks", hash: hash)
        one.networks = networks
        one.isMainPassword = true
        one.isDisabled = networks.isEmpty
        appPasswords = [one]
        mainHash = nil
        let allowed = networks.map(\.description).joined(separator: ", ")
        note(
            "its main password is imported as an app password, "
                + (one.isDisabled ? "disabled, since it is allowed from no network" : "allowed from \(allowed) only")
                + (unread.isEmpty ? "" : "; \(unread.joined(separator: ", ")) is not a network"))
    }
}
