package import Credentials

/// The values of the configuration file, with defaults for what it leaves out. `Settings.swift` has the table.
package struct Configuration: Sendable {
    /// The form of auth log lines: text as Dovecot writes it, or JSON.
    package enum LogFormat: String, CaseIterable, Sendable { case dovecot, json }

    /// In the order of `Setting.all`.
    private var values: [Setting.Value] = Setting.all.map { $0.standard }

    /// A configuration with all defaults.
    package init() {}

    /// Absolute path of the database, or `postgresql:` and how to connect to its server.
    package var database: String { text("database") }
    /// Where the database is.
    package var store: StoreLocation { StoreLocation(database) }
    /// Absolute path of the key file.
    package var keyFile: String { text("key_file") }
    /// Appended to user names without `@`; empty: none.
    package var defaultDomain: String { text("default_domain") }

    /// `syslog`, `stderr` or an absolute path.
    package var logTarget: String { text("log_target") }
    /// The form of auth log lines.
    package var logFormat: LogFormat { LogFormat(rawValue: text("log_format")) ?? .dovecot }
    /// The program name of auth log lines.
    package var syslogIdent: String { text("syslog_ident") }
    /// The syslog facility, such as `mail`.
    package var syslogFacility: String { text("syslog_facility") }

    /// Path; empty: not listened on.
    package var authSocket: String { text("auth_socket") }
    /// Path; empty: not listened on.
    package var dovecotSocket: String { text("dovecot_socket") }
    /// Path; empty: not listened on.
    package var policySocket: String { text("policy_socket") }
    /// Path; empty: not listened on.
    package var accountSocket: String { text("account_socket") }
    /// Path; empty: the page is not served.
    package var portalSocket: String { text("portal_socket") }
    /// The page's own address, such as `https://mail.example.org`; empty: not configured.
    package var portalOrigin: String { text("portal_origin") }
    /// Connections of one operating-system user that does not belong to the mail system.
    package var peerConnectionLimit: Int { number("peer_connection_limit") }
    /// Characters that each begin the extension of a local part; empty: none.
    package var recipientDelimiter: String { text("recipient_delimiter") }
    /// Values of Postfix's `policy_context` for services whose TLS ends before Postfix.
    package var tlsElsewhereContexts: [String] { Setting.words(text("tls_elsewhere_contexts")) }
    /// Seconds that a denial is delayed.
    package var failureDelay: Int { number("failure_delay") }

    /// Name or number of the user that owns mail.
    package var mailUID: String { text("mail_uid") }
    /// Name or number of the group that owns mail.
    package var mailGID: String { text("mail_gid") }
    /// A template for the home directory of an account's mail (`NameTemplate`).
    package var mailHome: String { text("mail_home") }

    /// The sender of notices to account owners; empty: none are sent.
    package var notifyFrom: String { text("notify_from") }
    /// The SMTP port on 127.0.0.1 that notices are sent to.
    package var notifyPort: Int { number("notify_port") }
    /// The program that gets events of accounts, and its arguments; none: no program.
    package var eventCommand: [String] {
        text("event_command").split { $0 == " " || $0 == "\t" }.map(String.init)
    }

    /// The IMAP server that mail programs are told to use; nil: not configured. The default port is that of implicit
    /// TLS (RFC 8314, section 7.3).
    package var imapServer: MailServer? { MailServer(text("imap_server"), port: 993) }
    /// The SMTP server that mail programs are told to use; nil: not configured.
    package var smtpServer: MailServer? { MailServer(text("smtp_server"), port: 465) }

    /// KiB of a new hash.
    package var hashMemory: Int { number("hash_memory") }
    /// KiB; a stored hash that asks for more is not verified.
    package var hashMemoryLimit: Int { number("hash_memory_limit") }
    /// Passes of Argon2id for new hashes.
    package var hashPasses: Int { number("hash_passes") }
    /// Slow hashes that run at once.
    package var hashWorkers: Int { number("hash_workers") }
    /// Attempts that may wait for a slow hash in `posternd`.
    package var hashQueue: Int { number("hash_queue") }

    /// Seconds in which a guess counts.
    package var guessWindow: Int { number("guess_window") }
    /// Seconds that a wrong secret is remembered after it was last given.
    package var guessMemory: Int { number("guess_memory") }
    /// Seconds that the hash of a previous main password is kept; 0: not at all.
    package var formerPasswordKept: Int { number("former_password_kept") }
    /// Wrong secrets before the first wait.
    package var guessFree: Int { number("guess_free") }
    /// Seconds of the first wait.
    package var waitFirst: Int { number("wait_first") }
    /// The factor by which each wait is longer than the one before.
    package var waitGrowth: Int { number("wait_growth") }
    /// Seconds of the longest wait.
    package var waitLongest: Int { number("wait_longest") }
    /// Guesses at an account before networks that are new to it have to wait.
    package var guessAccountLimit: Int { number("guess_account_limit") }
    /// Networks whose guesses are counted for each account only, not for the network as a whole.
    package var trustedNetworks: [CIDR] { Setting.networks(text("trusted_networks")) }

    /// Networks that app passwords of webmail sessions may be used from.
    package var webmailNetworks: [CIDR] { Setting.networks(text("webmail_networks")) }

    /// How long the sign-in history and previous main passwords are kept.
    package var retention: Retention {
        Retention(
            history: Int64(number("sign_ins_kept")), maxEntries: number("sign_ins_most"),
            formers: Int64(formerPasswordKept))
    }

    /// The directory of the database, which also holds the lock files for slow hashes; nil: it is on a server.
    package var directory: String? { store.path.map(Credentials.directory) }

    /// The value of a setting; nil for an unknown name, for which setting it has no effect.
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
