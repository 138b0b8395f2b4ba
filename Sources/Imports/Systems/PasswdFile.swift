import Bytes
package import Credentials

/// Dovecot's passwd-file: `user:password:uid:gid:gecos:home:shell:extra fields` (src/auth/db-passwd-file.c).
package struct PasswdFile: ImportSource {
    package static let name = "passwd-file"

    /// Octets of a line.
    private static let longestLine = 65_536

    private struct Entry {
        let user: String
        let fields: [String]
        let line: Int
    }

    private var entries: [Entry] = []
    private var unread: [ImportNote] = []
    private let defaultDomain: String

    /// - Parameter defaultDomain: Of users that have none.
    package init(defaultDomain: String) { self.defaultDomain = defaultDomain }

    /// Takes a whole file.
    package mutating func read(_ content: [UInt8]) throws(SourceError) {
        var number = 0
        for var line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            // As Dovecot reads it (src/lib/istream.c, i_stream_next_line_finish).
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            guard line.count <= Self.longestLine else {
                throw .malformed(line: number, "a line has more than \(Self.longestLine) octets: no passwd-file")
            }
            guard !line.contains(0) else { throw .malformed(line: number, "an octet 0: no passwd-file in UTF-8") }
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw .malformed(line: number, "the text is not UTF-8; convert the file (iconv -t UTF-8)")
            }
            let parts = text.split(separator: ":", maxSplits: 7, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 1 {
                // Not the line: there may be a secret in it.
                unread.append(ImportNote("", "a line without a \":\"", line: number))
            } else {
                entries.append(Entry(user: parts[0], fields: parts, line: number))
            }
        }
    }

    package func countAccounts() -> Int { entries.count }

    package func eachAccount(
        _ body: (consuming ImportedAccount) throws(StoreError) -> Void, note: (ImportNote) -> Void
    ) throws(StoreError) {
        unread.forEach(note)
        var dropped: [String: Int] = [:]
        for entry in entries {
            guard let name = AccountName(entry.user, defaultDomain: defaultDomain), name.canBeAccount else {
                note(ImportNote(entry.user, AccountName.whyNotImportable, line: entry.line))
                continue
            }
            try body(account(name, entry, &dropped))
        }
        for (field, count) in dropped.sorted(by: { $0.key < $1.key }) {
            note(ImportNote(field, "a field that has no place here, of \(count) accounts"))
        }
    }

    private func account(_ name: AccountName, _ entry: Entry, _ dropped: inout [String: Int]) -> ImportedAccount {
        var account = ImportedAccount(name)
        func field(_ index: Int) -> String? {
            entry.fields.count > index && !entry.fields[index].isEmpty ? entry.fields[index] : nil
        }
        var own = MailboxOverrides(uid: field(2), gid: field(3), home: field(5))
        var networks: String?
        for extra in (field(7) ?? "").split(separator: " ") {
            let parts = extra.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = parts.count == 2 ? parts[1] : ""
            switch parts[0] {
            case "allow_nets": networks = value
            case "nologin": account.isDisabled = true
            case "userdb_uid": own.uid = value
            case "userdb_gid": own.gid = value
            case "userdb_home": own.home = value
            case let key where key.hasPrefix("userdb_"):
                let field = MailField(name: String(key.dropFirst("userdb_".count)), value: value)
                guard let field, own.fields.count < MailField.most else {
                    dropped[key, default: 0] += 1
                    continue
                }
                own.fields.removeAll { $0.name == field.name }
                own.fields.append(field)
            default: dropped[parts[0], default: 0] += 1
            }
        }
        if let home = own.home { own.home = self.home(home, name, &account) }
        account.mailbox = own
        // Dovecot's own default for what has no scheme.
        account.mainHash = field(1).map { $0.hasPrefix("{") || $0.hasPrefix("$") ? $0 : "{CRYPT}\($0)" }
        if let networks { limit(&account, to: networks) }
        return account
    }

    /// With Dovecot's variables put in.
    private func home(_ template: String, _ name: AccountName, _ account: inout ImportedAccount) -> String? {
        // As it is spelled there: the mail lies under that name.
        let spelling = name.spelling ?? name.text
        let at = spelling.lastIndex(of: "@") ?? spelling.endIndex
        let home = template.replacing("%u", with: spelling).replacing("%n", with: spelling[..<at])
            .replacing("%d", with: spelling[at...].dropFirst())
        guard home.hasPrefix("/"), !home.contains("%") else {
            account.note("its home \(template) is not a path that can be kept: the one of the configuration holds")
            return nil
        }
        return home
    }

    /// A main password is not limited to networks here, but an app password may be: it comes as one.
    private func limit(_ account: inout ImportedAccount, to text: String) {
        guard let hash = account.mainHash else { return }
        let networks = SourceValue.networks(text)
        var one = ImportedAppPassword(item: "allow_nets", name: "Password of the passwd-file", hash: hash)
        one.networks = networks.read
        one.isDisabled = networks.read.isEmpty
        account.appPasswords = [one]
        account.mainHash = nil
        account.note(
            "its password comes as an app password, allowed from \(text) only"
                + (networks.unread.isEmpty ? "" : ", less \(networks.unread.joined(separator: ", "))")
                + (one.isDisabled ? ": disabled" : ""))
    }
}
