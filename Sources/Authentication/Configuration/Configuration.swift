/// The values of the configuration file, with defaults for what it leaves out. `Settings.swift` has the table.
package struct Configuration: Sendable {
    package enum LogFormat: String, CaseIterable, Sendable { case dovecot, json }

    package var database = "/var/lib/postern/postern.db"
    package var keyFile = "/etc/postern/key"
    package var defaultDomain = ""

    /// `syslog`, `stderr` or an absolute path.
    package var logTarget = "syslog"
    package var logFormat = LogFormat.dovecot.rawValue
    package var syslogIdent = "dovecot"
    package var syslogFacility = "mail"

    package var mailUID = "vmail"
    package var mailGID = "vmail"
    package var mailHome = "/var/vmail/%d/%n"

    /// KiB.
    package var hashMemory = 19_456
    /// KiB.
    package var hashMemoryLimit = 131_072
    package var hashPasses = 2
    package var hashWorkers = 2

    /// Seconds.
    package var guessWindow = 3600

    package init() {}

    /// The directory of the database; lock files for slow hashes lie there too.
    package var directory: String {
        guard let slash = database.lastIndex(of: "/") else { return "." }
        return slash == database.startIndex ? "/" : String(database[..<slash])
    }
}
