import Credentials

/// One name of the configuration file: what it may hold, its default, and the sentence that the man page prints.
package struct Setting: Sendable {
    package enum Value: Equatable, Sendable {
        case text(String)
        case number(Int)
    }

    package enum Kind: Sendable {
        /// Absolute; may be empty if `isOptional`.
        case path(isOptional: Bool)
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
        /// A host name, with `:` and a port if it is not the usual one; may be empty.
        case server
        /// Printable ASCII characters that a local part may have; may be empty.
        case delimiters
        /// Words, white space or commas between them; may be empty.
        case words
        /// CIDR blocks and addresses, white space or commas between them; may be empty.
        case networks
    }

    package let name: String
    package let kind: Kind
    package let standard: Value
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

    /// Every name there is, in the order of the man page.
    package static let all: [Setting] = [
        Setting(
            "database", .path(isOptional: false), .text("/var/lib/postern/postern.db"),
            "The database of accounts and credentials."),
        Setting(
            "key_file", .path(isOptional: false), .text("/etc/postern/key"),
            "The key that app passwords, recovery codes and TOTP seeds are kept under. Back it up apart from the database."
        ),
        Setting(
            "default_domain", .word(isOptional: true), .text(""),
            "Appended to a user name without a domain. Empty: such a name is no account."),
        Setting(
            "log_target", .logTarget, .text("syslog"),
            "Where the auth log goes: syslog, stderr or a file. Nothing counts guesses that are logged to stderr."),
        Setting(
            "log_format", .choice(["dovecot", "json"]), .text("dovecot"),
            "The line that fail2ban and its like read, or the same events as one JSON object a line."),
        Setting(
            "syslog_ident", .word(isOptional: false), .text("dovecot"),
            "The program name of each line. Log consumers look for dovecot."),
        Setting(
            "syslog_facility", .choice(facilities), .text("mail"),
            "The syslog facility."),
        Setting(
            "auth_socket", .path(isOptional: true), .text("/var/spool/postfix/private/postern-auth"),
            "Where posternd answers Postfix and Exim (smtpd_sasl_type = dovecot). Empty: nowhere."),
        Setting(
            "dovecot_socket", .path(isOptional: true), .text("/run/postern/dovecot"),
            "Where posternd answers Dovecot: its Lua passdb, and postern-checkpassword. Empty: nowhere."),
        Setting(
            "policy_socket", .path(isOptional: true), .text("/var/spool/postfix/private/postern-policy"),
            "Where posternd answers Postfix's policy requests. Empty: nowhere."),
        Setting(
            "peer_connection_limit", .number(1...100_000, unit: "connections"), .number(32),
            "Connections to these sockets of one operating-system user that is neither root nor Postfix's, Dovecot's, Exim's or the socket's owner."
        ),
        Setting(
            "recipient_delimiter", .delimiters, .text(""),
            "As in Postfix: what begins the extension of an address. With +, alice+shop@example.org belongs to who owns alice@example.org."
        ),
        Setting(
            "tls_elsewhere_contexts", .words, .text(""),
            "Values of Postfix's policy_context for services whose TLS ends before Postfix, at a proxy or at Dovecot's submission: there a session counts as encrypted."
        ),
        Setting(
            "failure_delay", .duration(0...8), .number(2),
            "How long after an attempt its denial leaves auth_socket, and dovecot_socket for service web: all others delay by themselves. Postfix gives up after ten seconds."
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
            "How long a guess counts for those who have to wait."),
        Setting(
            "guess_memory", .duration(3600...31_536_000), .number(2_592_000),
            "How long a wrong secret is remembered after it was last given: the same one for the same account from the same network is one guess in that time."
        ),
        Setting(
            "guess_free", .number(1...1000, unit: "guesses"), .number(10),
            "How many guesses a network, and an account from one network, may make in that time without having to wait."
        ),
        Setting(
            "wait_first", .duration(1...86_400), .number(30),
            "How long the next guess has to wait then."),
        Setting(
            "wait_growth", .number(1...10, unit: "times"), .number(2),
            "How many times longer it has to wait after each further guess."),
        Setting(
            "wait_longest", .duration(1...86_400), .number(3600),
            "The longest wait."),
        Setting(
            "guess_account_limit", .number(1...10_000, unit: "guesses"), .number(100),
            "Guesses at one account, over which networks that it never signed in from have to wait."),
        Setting(
            "former_password_kept", .duration(0...315_360_000), .number(15_552_000),
            "How long the hash of a main password that was replaced is kept, to tell whose device still uses it. 0: not at all."
        ),
        Setting(
            "trusted_networks", .networks, .text("127.0.0.0/8 ::1"),
            "Networks whose guesses are counted for each account only: webmail servers and proxies. An IPv6 address stands for its /64."
        ),
        Setting(
            "webmail_networks", .networks, .text("127.0.0.0/8 ::1"),
            "Where a webmail reads mail from, with the app password it gets for a session. Empty: it gets none. Of IPv6 addresses all bits count."
        ),
        Setting(
            "sign_ins_kept", .duration(86_400...315_360_000), .number(15_552_000),
            "How long the history of granted sign-ins goes back. A network that was not used for so long is new again."),
        Setting(
            "sign_ins_most", .number(10...100_000, unit: "entries"), .number(1000),
            "How many entries of that history one account may have: one for each network, credential and service."),
    ]

    static func index(of name: String) -> Int? { all.firstIndex { $0.name == name } }

    /// A value as the file would have it.
    package func text(of value: Value) -> String {
        switch (value, kind) {
        case (.text(let text), _): text
        case (.number(let seconds), .duration): Self.text(ofSeconds: seconds)
        case (.number(let number), _): "\(number)"
        }
    }

    package var unit: String {
        switch kind {
        case .path, .logTarget, .template: "path"
        case .word: "word"
        case .choice(let choices): choices.joined(separator: ", ")
        case .number(let range, let unit): "\(unit), \(range.lowerBound) to \(range.upperBound)"
        case .duration(let range):
            "time, \(Self.text(ofSeconds: range.lowerBound)) to \(Self.text(ofSeconds: range.upperBound))"
        case .server: "host name"
        case .delimiters: "characters"
        case .words: "words"
        case .networks: "addresses and CIDR blocks"
        }
    }

    enum Reading {
        case valid(Value)
        /// What is wrong with it.
        case invalid(String)
    }

    func read(_ text: String) -> Reading {
        let isAbsolute = text.utf8.first == UInt8(ascii: "/")
        switch kind {
        case .path(let isOptional):
            return isAbsolute || isOptional && text.isEmpty
                ? .valid(.text(text)) : .invalid("is not an absolute path")
        case .logTarget:
            return isAbsolute || text == "syslog" || text == "stderr"
                ? .valid(.text(text)) : .invalid("is not syslog, stderr or an absolute path")
        case .word(let isOptional):
            return (isOptional || !text.isEmpty) && text.utf8.allSatisfy(Self.isWordByte)
                ? .valid(.text(text)) : .invalid("holds other than letters, digits and ._-")
        case .template:
            return isAbsolute && NameTemplate(text) != nil
                ? .valid(.text(text)) : .invalid("is not an absolute path with only %u, %n, %d and %% in it")
        case .choice(let choices):
            return choices.contains(text)
                ? .valid(.text(text)) : .invalid("is none of \(choices.joined(separator: ", "))")
        case .number(let range, _):
            guard let number = Int(text), range.contains(number) else { return .invalid("is not one of: \(unit)") }
            return .valid(.number(number))
        case .duration(let range):
            guard let seconds = Self.seconds(text), range.contains(seconds) else {
                return .invalid("is not one of: \(unit)")
            }
            return .valid(.number(seconds))
        case .server:
            return text.isEmpty || MailServer(text, port: 1) != nil
                ? .valid(.text(text)) : .invalid("is no host name, nor one with :PORT")
        case .delimiters:
            return text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "@") })
                ? .valid(.text(text)) : .invalid("holds other than printable characters, or @")
        case .words:
            return text.utf8.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x09 })
                ? .valid(.text(text)) : .invalid("holds other than printable characters")
        case .networks:
            let bad = Self.words(text).first { CIDR($0) == nil }
            return bad.map { .invalid("has '\($0)', which is no address and no block whose host bits are 0") }
                ?? .valid(.text(text))
        }
    }

    /// Those that are networks: all of them, once the value was read.
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
