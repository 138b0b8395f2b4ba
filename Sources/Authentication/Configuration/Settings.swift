import Credentials

/// A setting of the configuration file: its name, allowed values and default, and the sentence that the man page
/// prints.
package struct Setting: Sendable {
    /// A value in memory: numbers in the setting's unit.
    package enum Value: Equatable, Sendable {
        case text(String)
        case number(Int)
    }

    /// The kind of value that a setting takes, with its limits.
    package enum Kind: Sendable {
        /// An absolute path; may be empty if `isOptional`.
        case path(isOptional: Bool)
        /// An absolute path, or `postgresql:` and how to connect to a server; no password.
        case store
        /// `syslog`, `stderr` or an absolute path.
        case logTarget
        /// Letters, digits and `._-` only; may be empty if `isOptional`.
        case word(isOptional: Bool)
        /// An absolute path with `%u`, `%n` and `%d`.
        case template
        case choice([String])
        case number(ClosedRange<Int>, unit: String)
        /// Seconds; `30s`, `10m`, `1h`, `2d`, or a bare number of seconds.
        case duration(ClosedRange<Int>)
        /// A host name, with `:` and a port if it is not the default one; may be empty.
        case server
        /// `https://` and a host name, with `:` and a port if it is not 443; may be empty.
        case origin
        /// Printable ASCII characters other than space and `@`; may be empty.
        case delimiters
        /// A mail address in ASCII; may be empty.
        case address
        /// An absolute path and words separated by white space; may be empty.
        case command
        /// Words separated by white space or commas; may be empty.
        case words
        /// CIDR blocks and addresses, separated by white space or commas; may be empty.
        case networks
    }

    /// The name in the file.
    package let name: String
    /// The kind of its value.
    package let kind: Kind
    /// The default.
    package let standard: Value
    /// Its meaning, in a sentence for the man page.
    package let sentence: String

    init(_ name: String, _ kind: Kind, _ standard: Value, _ sentence: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.sentence = sentence
    }

    private static let facilities = [
        "auth", "authpriv", "daemon", "mail", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
        "local7",
    ]

    /// All settings, in the order of the man page.
    package static let all: [Setting] = [
        Setting(
            "database", .store, .text("/var/lib/postern/postern.db"),
            "The database of accounts and credentials: a file, or \(StoreLocation.serverPrefix) and how to connect to a PostgreSQL server that several machines share."
        ),
        Setting(
            "key_file", .path(isOptional: false), .text("/etc/postern/key"),
            "The key that protects app passwords, recovery codes and TOTP seeds. Back it up apart from the database."
        ),
        Setting(
            "default_domain", .word(isOptional: true), .text(""),
            "Appended to a user name without a domain. Empty: such a name is not an account."),
        Setting(
            "log_target", .logTarget, .text("syslog"),
            "Where the auth log goes: syslog, stderr or a file. fail2ban cannot read stderr."),
        Setting(
            "log_format", .choice(["dovecot", "json"]), .text("dovecot"),
            "dovecot: lines that fail2ban and similar programs read. json: the same events, one JSON object a line."),
        Setting(
            "syslog_ident", .word(isOptional: false), .text("dovecot"),
            "The program name of each line. fail2ban's filter looks for dovecot."),
        Setting(
            "syslog_facility", .choice(facilities), .text("mail"),
            "The syslog facility."),
        Setting(
            "auth_socket", .path(isOptional: true), .text("/var/spool/postfix/private/postern-auth"),
            "Where posternd answers Postfix and Exim (smtpd_sasl_type = dovecot). Empty: disabled."),
        Setting(
            "dovecot_socket", .path(isOptional: true), .text(SocketSetting.standard),
            "Where posternd answers Dovecot: its Lua passdb, and postern-checkpassword. Empty: disabled."),
        Setting(
            "policy_socket", .path(isOptional: true), .text("/var/spool/postfix/private/postern-policy"),
            "Where posternd answers Postfix's policy requests. Empty: disabled."),
        Setting(
            "account_socket", .path(isOptional: true), .text(""),
            "Where posternd answers postern-portal, the page on which people manage their own app passwords. Empty: disabled."
        ),
        Setting(
            "portal_socket", .path(isOptional: true), .text("/run/postern-portal/http"),
            "Where postern-portal answers the web server in front of it. In a directory of its own that the web server may enter."
        ),
        Setting(
            "portal_origin", .origin, .text(""),
            "The page's address as browsers show it, such as https://mail-access.example.org: a host name of its own. postern-portal does not start without it."
        ),
        Setting(
            "peer_connection_limit", .number(1...100_000, unit: "connections"), .number(32),
            "Maximum number of connections to these sockets for one operating-system user. No limit applies to root, to the users of Postfix, Dovecot and Exim, and to the socket's owner."
        ),
        Setting(
            "recipient_delimiter", .delimiters, .text(""),
            "The same as in Postfix: the characters that begin an address extension. With +, the owner of alice@example.org may send as alice+shop@example.org."
        ),
        Setting(
            "tls_elsewhere_contexts", .words, .text(""),
            "Values of Postfix's policy_context for services whose TLS ends before Postfix, at a proxy or at Dovecot's submission: there a session counts as encrypted."
        ),
        Setting(
            "failure_delay", .duration(0...8), .number(2),
            "Delay before a denial is sent on auth_socket and account_socket, and on dovecot_socket for service web; Dovecot delays its other denials itself. Postfix gives up after ten seconds."
        ),
        Setting(
            "mail_uid", .word(isOptional: false), .text("vmail"),
            "The user that owns the mail, by name or number, unless the account has its own."),
        Setting(
            "mail_gid", .word(isOptional: false), .text("vmail"),
            "The group that owns the mail, by name or number, unless the account has its own."),
        Setting(
            "mail_home", .template, .text("/var/vmail/%d/%n"),
            "The home of an account's mail: %u is its name, %n the part before the @, %d the part after it."),
        Setting(
            "imap_server", .server, .text(""),
            "Where a profile made by 'app-password create --apple-profile' tells Mail to read mail, with TLS: a host name, and :PORT if it is not 993."
        ),
        Setting(
            "smtp_server", .server, .text(""),
            "Where such a profile tells Mail to send mail, with TLS: a host name, and :PORT if it is not 465."),
        Setting(
            "notify_from", .address, .text(""),
            "The sender of the mails in which 'postern notify' tells account owners of changes to their accounts. Empty: no mails."
        ),
        Setting(
            "notify_port", .number(1...65_535, unit: "port"), .number(25),
            "The port on 127.0.0.1 where 'postern notify' gives these mails to the mail server."),
        Setting(
            "event_command", .command, .text(""),
            "A program with its arguments that 'postern notify' runs, without a shell, with a JSON object for each event in a line of standard input. It may take ten seconds. Empty: none."
        ),
        Setting(
            "hash_memory", .number(8192...1_048_576, unit: "KiB"), .number(19_456),
            "Memory of a new Argon2id hash. A main password with a cheaper hash gets a new one at its next sign-in."),
        Setting(
            "hash_memory_limit", .number(8192...4_194_304, unit: "KiB"), .number(131_072),
            "A stored hash that asks for more memory is not verified: the sign-in is answered as temporary failure."),
        Setting(
            "hash_passes", .number(1...16, unit: "passes"), .number(2),
            "Passes of a new Argon2id hash."),
        Setting(
            "hash_workers", .number(1...64, unit: "at once"), .number(2),
            "How many slow hashes may run at the same time."),
        Setting(
            "hash_queue", .number(0...4096, unit: "waiting"), .number(128),
            "How many sign-ins may wait for a slow hash in posternd. One more is answered as temporary failure."),
        Setting(
            "guess_window", .duration(60...86_400), .number(3600),
            "How long a guess counts towards a wait."),
        Setting(
            "guess_memory", .duration(3600...31_536_000), .number(2_592_000),
            "How long a wrong secret is remembered after it was last used. Until then the same secret for the same account from the same network counts as one guess."
        ),
        Setting(
            "guess_free", .number(1...1000, unit: "guesses"), .number(10),
            "How many guesses within guess_window are free of a wait: of one network, and of one network at one account."
        ),
        Setting(
            "wait_first", .duration(1...86_400), .number(30),
            "The wait once guess_free guesses were made."),
        Setting(
            "wait_growth", .number(1...10, unit: "times"), .number(2),
            "The factor by which each further guess lengthens the wait."),
        Setting(
            "wait_longest", .duration(1...86_400), .number(3600),
            "The longest wait."),
        Setting(
            "guess_account_limit", .number(1...10_000, unit: "guesses"), .number(100),
            "Number of guesses at one account after which networks that it never signed in from have to wait."),
        Setting(
            "former_password_kept", .duration(0...315_360_000), .number(15_552_000),
            "How long the hash of a replaced main password is stored, to tell which devices still use it. 0: not at all."
        ),
        Setting(
            "trusted_networks", .networks, .text("127.0.0.0/8 ::1"),
            "Networks whose guesses are counted for each account only: webmail servers and proxies. An IPv6 address stands for its /64."
        ),
        Setting(
            "webmail_networks", .networks, .text("127.0.0.0/8 ::1"),
            "Networks of webmail servers, which get an app password for each session. Empty: webmail gets none. All bits of IPv6 addresses count."
        ),
        Setting(
            "sign_ins_kept", .duration(86_400...315_360_000), .number(15_552_000),
            "How long granted sign-ins are stored. A network that was not used for that long counts as new again."),
        Setting(
            "sign_ins_most", .number(10...100_000, unit: "entries"), .number(1000),
            "Maximum number of entries in the sign-in history of one account: one for each network, credential and service."
        ),
    ]

    static func index(of name: String) -> Int? { all.firstIndex { $0.name == name } }

    /// A value as it is written in the file.
    package func text(of value: Value) -> String {
        switch (value, kind) {
        case (.text(let text), _): text
        case (.number(let seconds), .duration): Self.text(ofSeconds: seconds)
        case (.number(let number), _): "\(number)"
        }
    }

    /// The allowed values in words, for messages: a number's unit and range, the choices, or the kind of text.
    package var unit: String {
        switch kind {
        case .path, .logTarget, .template: "path"
        case .store: "path or server"
        case .word: "word"
        case .choice(let choices): choices.joined(separator: ", ")
        case .number(let range, let unit): "\(unit), \(range.lowerBound) to \(range.upperBound)"
        case .duration(let range):
            "time, \(Self.text(ofSeconds: range.lowerBound)) to \(Self.text(ofSeconds: range.upperBound))"
        case .server: "host name"
        case .origin, .address: "address"
        case .command: "path and words"
        case .delimiters: "characters"
        case .words: "words"
        case .networks: "addresses and CIDR blocks"
        }
    }

    enum Reading {
        case valid(Value)
        /// What is wrong with the value; follows the value in a message.
        case invalid(String)
    }

    func read(_ text: String) -> Reading {
        let isAbsolute = text.utf8.first == UInt8(ascii: "/")
        switch kind {
        case .path(let isOptional):
            return isAbsolute || isOptional && text.isEmpty
                ? .valid(.text(text)) : .invalid("must be an absolute path")
        case .store:
            return isAbsolute || text.hasPrefix(StoreLocation.serverPrefix)
                ? .valid(.text(text))
                : .invalid("must be an absolute path, or begin with \(StoreLocation.serverPrefix)")
        case .logTarget:
            return isAbsolute || text == "syslog" || text == "stderr"
                ? .valid(.text(text)) : .invalid("must be syslog, stderr or an absolute path")
        case .word(let isOptional):
            return (isOptional || !text.isEmpty) && text.utf8.allSatisfy(Self.isWordByte)
                ? .valid(.text(text)) : .invalid("may contain only letters, digits and ._-")
        case .template:
            return isAbsolute && NameTemplate(text) != nil
                ? .valid(.text(text)) : .invalid("must be an absolute path, with no other % than %u, %n, %d and %%")
        case .choice(let choices):
            return choices.contains(text)
                ? .valid(.text(text)) : .invalid("must be one of \(choices.joined(separator: ", "))")
        case .number(let range, let unit):
            guard let number = Int(text), range.contains(number) else {
                return .invalid("must be between \(range.lowerBound) and \(range.upperBound) \(unit)")
            }
            return .valid(.number(number))
        case .duration(let range):
            guard let seconds = Self.seconds(text), range.contains(seconds) else {
                return .invalid(
                    "must be a time between \(Self.text(ofSeconds: range.lowerBound)) and "
                        + Self.text(ofSeconds: range.upperBound))
            }
            return .valid(.number(seconds))
        case .server:
            return text.isEmpty || MailServer(text, port: 1) != nil
                ? .valid(.text(text)) : .invalid("must be a host name or HOST:PORT")
        case .origin:
            let scheme = "https://"
            let isOrigin =
                text.hasPrefix(scheme) && MailServer(String(text.dropFirst(scheme.count)), port: 443) != nil
                && !text.utf8.contains { (0x41...0x5a).contains($0) }
            return text.isEmpty || isOrigin
                ? .valid(.text(text)) : .invalid("must be https:// and a host name in lower case, without a path")
        case .delimiters:
            return text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "@") })
                ? .valid(.text(text)) : .invalid("may contain only printable characters, and no @")
        case .address:
            let isAddress =
                text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"<>()[],;:\\\"".utf8.contains($0) }
                && text.split(separator: "@", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
                && text.count(where: { $0 == "@" }) == 1
            return text.isEmpty || isAddress ? .valid(.text(text)) : .invalid("must be a mail address in ASCII")
        case .command where !text.isEmpty && !isAbsolute: return .invalid("must begin with an absolute path")
        case .command, .words:
            return text.utf8.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x09 })
                ? .valid(.text(text)) : .invalid("may contain only printable characters")
        case .networks:
            let bad = Self.words(text).first { CIDR($0) == nil }
            return bad.map { .invalid("'\($0)' is neither an address nor a block without host bits") }
                ?? .valid(.text(text))
        }
    }

    /// The networks in a list. Words that are no network are skipped; `read` accepts none.
    static func networks(_ text: String) -> [CIDR] { words(text).compactMap { CIDR($0) } }

    static func words(_ text: String) -> [String] {
        text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }).map {
            String(decoding: Array($0), as: UTF8.self)
        }
    }

    /// Seconds of `30s`, `10m`, `1h`, `180d` or a bare number; nil for anything else.
    package static func seconds(_ text: String) -> Int? {
        let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let factor = text.last.flatMap { factors[$0] }
        let digits = factor == nil ? text[...] : text.dropLast()
        guard !digits.isEmpty, digits.utf8.count <= 9, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(digits).map { $0 * (factor ?? 1) }
    }

    /// The shortest way to write a number of seconds.
    package static func text(ofSeconds seconds: Int) -> String {
        for (unit, factor) in [("d", 86_400), ("h", 3600), ("m", 60)] where seconds % factor == 0 && seconds > 0 {
            return "\(seconds / factor)\(unit)"
        }
        return "\(seconds)s"
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
