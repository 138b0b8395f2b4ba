import Bytes
import Credentials

/// docker-mailserver: `user@domain|{SCHEME}hash|extra fields of Dovecot` in postfix-accounts.cf, `alias target, target`
/// in postfix-virtual.cf (target/scripts/helpers/accounts.sh, aliases.sh).
package struct DockerMailserver: ImportSource {
    /// The name of the system on the command line and in import marks.
    package static let name = "docker-mailserver"
    /// The scheme of passwords without one (target/dovecot/auth-passwdfile.inc).
    private static let scheme = "SHA512-CRYPT"

    private var entries: [UserEntry] = []
    /// Aliases by account; nil if postfix-virtual.cf was not given.
    private var aliases: [String: [String]]?
    private var unread: [ImportNote] = []

    /// Makes an empty source.
    package init() {}

    /// Reads postfix-accounts.cf.
    ///
    /// - Throws: `SourceError.malformed` if it is not a file of users in UTF-8.
    package mutating func read(accounts content: [UInt8]) throws(SourceError) {
        try UserFile.eachLine(of: content) { (text, line) throws(SourceError) in
            let parts = text.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 2 else {
                if !text.allSatisfy(\.isWhitespace) {
                    unread.append(ImportNote("", "a line without a \"|\"", line: line))
                }
                return
            }
            let extra = parts.count == 3 ? parts[2] : ""
            entries.append(
                UserEntry(
                    user: parts[0], fields: [parts[0], parts[1], "", "", "", "", "", extra], domain: "", line: line))
        }
    }

    /// Reads postfix-virtual.cf.
    ///
    /// - Throws: `SourceError.malformed` if it is not a text file in UTF-8.
    package mutating func read(virtual content: [UInt8]) throws(SourceError) {
        var found: [String: [String]] = [:]
        try UserFile.eachLine(of: content) { (text, _) throws(SourceError) in
            let words = SourceValue.addresses(text.replacing(" ", with: ","))
            guard let alias = words.first else { return }
            for target in words.dropFirst() { found[target.lowercased(), default: []].append(alias) }
        }
        aliases = found
    }

    /// Returns how many accounts the source has.
    package func countAccounts() -> Int { entries.count }

    /// Calls `body` for each account; `note` receives rows that belong to no account.
    ///
    /// - Throws: The error of `body`.
    package func eachAccount(
        _ body: (consuming ImportedAccount) throws(SourceError) -> Void, note: (ImportNote) -> Void
    ) throws(SourceError) {
        unread.forEach(note)
        try UserEntry.eachAccount(
            of: entries, defaultScheme: Self.scheme,
            { (account) throws(SourceError) in
                var account = account
                let own = SenderAddress(account.name)
                account.aliases = aliases.map { aliases in
                    Set((aliases[account.name.text] ?? []).compactMap { SenderAddress($0) }.filter { $0 != own })
                        .sorted { $0.text < $1.text }
                }
                try body(account)
            }, note: note)
    }
}
