import Bytes
import Credentials

/// Dovecot's passwd-files: `user:password:uid:gid:gecos:home:shell:extra fields` (src/auth/db-passwd-file.c).
package struct PasswdFile: ImportSource {
    package static let name = "passwd-file"

    private var entries: [UserEntry] = []
    private var unread: [ImportNote] = []
    private let defaultScheme: String?

    /// - Parameter defaultScheme: Of passwords that say none: Dovecot's `scheme` or `default_password_scheme`.
    package init(defaultScheme: String? = nil) { self.defaultScheme = defaultScheme }

    /// Takes a whole file.
    ///
    /// - Parameter domain: Of users that have none.
    package mutating func read(_ content: [UInt8], domain: String) throws(SourceError) {
        try UserFile.eachLine(of: content) { (text, line) throws(SourceError) in
            let parts = text.split(separator: ":", maxSplits: 7, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 1 {
                if text.contains("|") {
                    throw .malformed(
                        line: line,
                        "this is docker-mailserver's postfix-accounts.cf: 'postern import docker-mailserver'")
                }
                // Not the line: there may be a secret in it.
                unread.append(ImportNote("", "a line without a \":\"", line: line))
            } else {
                entries.append(UserEntry(user: parts[0], fields: parts, domain: domain, line: line))
            }
        }
    }

    package func countAccounts() -> Int { entries.count }

    package func eachAccount(
        _ body: (consuming ImportedAccount) throws(SourceError) -> Void, note: (ImportNote) -> Void
    ) throws(SourceError) {
        unread.forEach(note)
        try UserEntry.eachAccount(of: entries, defaultScheme: defaultScheme, body, note: note)
    }
}
