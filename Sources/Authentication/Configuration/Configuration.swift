package import Credentials

/// The values of the configuration file, with defaults for what it leaves out. `Settings.swift` has the table.
package struct Configuration: Sendable {
    package enum LogFormat: String, CaseIterable, Sendable { case dovecot, json }

    /// In the order of `Setting.all`.
    private var values: [Setting.Value] = Setting.all.map { $0.standard }

    package init() {}

    package var database: String { text("database") }
    package var keyFile: String { text("key_file") }
    package var defaultDomain: String { text("default_domain") }

    /// `syslog`, `stderr` or an absolute path.
    package var logTarget: String { text("log_target") }
    package var logFormat: LogFormat { LogFormat(rawValue: text("log_format")) ?? .dovecot }
    package var syslogIdent: String { text("syslog_ident") }
    package var syslogFacility: String { text("syslog_facility") }

    /// Empty: not listened on. Likewise the other two.
    package var authSocket: String { text("auth_socket") }
    package var dovecotSocket: String { text("dovecot_socket") }
    package var policySocket: String { text("policy_socket") }
    /// Of one operating-system user that is none of the mail system's.
    package var peerConnectionLimit: Int { number("peer_connection_limit") }
    /// Characters of which each begins the extension of a local part; empty: none does.
    package var recipientDelimiter: String { text("recipient_delimiter") }
    /// Postfix's names of services whose TLS ends elsewhere.
    package var tlsElsewhereContexts: [String] { Setting.words(text("tls_elsewhere_contexts")) }
    /// Seconds.
    package var failureDelay: Int { number("failure_delay") }

    package var mailUID: String { text("mail_uid") }
    package var mailGID: String { text("mail_gid") }
    package var mailHome: String { text("mail_home") }

    /// For mail programs; nil: not configured. Implicit TLS has the ports of RFC 8314, section 7.3.
    package var imapServer: MailServer? { MailServer(text("imap_server"), port: 993) }
    package var smtpServer: MailServer? { MailServer(text("smtp_server"), port: 465) }

    /// KiB.
    package var hashMemory: Int { number("hash_memory") }
    /// KiB.
    package var hashMemoryLimit: Int { number("hash_memory_limit") }
    package var hashPasses: Int { number("hash_passes") }
    package var hashWorkers: Int { number("hash_workers") }
    package var hashQueue: Int { number("hash_queue") }

    /// Seconds.
    package var guessWindow: Int { number("guess_window") }
    /// Seconds.
    package var guessMemory: Int { number("guess_memory") }
    /// Seconds; 0: not at all.
    package var formerPasswordKept: Int { number("former_password_kept") }
    package var guessFree: Int { number("guess_free") }
    /// Seconds.
    package var waitFirst: Int { number("wait_first") }
    package var waitGrowth: Int { number("wait_growth") }
    /// Seconds.
    package var waitLongest: Int { number("wait_longest") }
    package var guessAccountLimit: Int { number("guess_account_limit") }
    package var trustedNetworks: [CIDR] { Setting.networks(text("trusted_networks")) }

    package var webmailNetworks: [CIDR] { Setting.networks(text("webmail_networks")) }

    package var retention: Retention {
        Retention(
            kept: Int64(number("sign_ins_kept")), most: number("sign_ins_most"), formers: Int64(formerPasswordKept))
    }

    /// The directory of the database; lock files for slow hashes lie there too.
    package var directory: String { Credentials.directory(of: database) }

    /// Nil for a name that is none.
    package subscript(name: String) -> Setting.Value? {
        get { Setting.index(of: name).map { values[$0] } }
        set {
            if let index = Setting.index(of: name), let newValue { values[index] = newValue }
        }
    }

    private func text(_ name: String) -> String {
        guard case .text(let text) = self[name] else { return "" }
        return text
    }

    private func number(_ name: String) -> Int {
        guard case .number(let number) = self[name] else { return 0 }
        return number
    }
}
