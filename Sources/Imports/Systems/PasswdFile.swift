import Bytes
import Credentials

/// Dovecot's passwd-files: `user:password:uid:gid:gecos:home:shell:extra fields` (src/auth/db-passwd-file.c).
package struct PasswdFile: ImportSource {
    /// The name of the system on the command line and in import marks.
    package static let name = "passwd-file"

    private var entries: [UserEntry] = []
    private var unread: [ImportNote] = []
    private let defaultScheme: String?

    /// Makes an empty source.
    ///
    /// - Parameter defaultScheme: The scheme of passwords without one: Dovecot's `scheme` or `default_password_scheme`.
    package init(defaultScheme: String? = nil) { self.defaultScheme = defaultScheme }

    /// Reads a file.
    ///
    /// - Parameter domain: The domain of users without one.
    /// - Throws: `SourceError.malformed` if it is not a file of users in UTF-8, or one of docker-mailserver.
    package mutating func read(_ content: [UInt8], domain: String) throws(SourceError) {
        try UserFile.eachLine(of: content) { (text, line) throws(SourceError) in
            let parts = text.split(separator: ":", maxSplits: 7, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 1 {
                if text.contains("|") {
                    throw .malformed(
                        line: line,
                        "this is docker-mailserver's postfix-accounts.cf; use 'postern import docker-mailserver'")
                }
                // The line itself is not shown: it may contain a secret.
                unread.append(ImportNote("", "a line without a \":\"", line: line))
            } else {
                entries.append(UserEntry(user: parts[0], fields: parts, domain: domain, line: line))
            }
        }
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
        try UserEntry.eachAccount(of: entries, defaultScheme: defaultScheme, body, note: note)
    }
}
