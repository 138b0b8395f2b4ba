/// One name of the configuration file: what it may hold, and the sentence that the man page prints.
package struct Setting: Sendable {
    package typealias TextPath = any WritableKeyPath<Configuration, String> & Sendable
    package typealias NumberPath = any WritableKeyPath<Configuration, Int> & Sendable

    package enum Kind: Sendable {
        /// Absolute.
        case path(TextPath)
        /// `syslog`, `stderr` or an absolute path.
        case logTarget(TextPath)
        /// Letters, digits and `._-` only; may be empty if `isOptional`.
        case word(TextPath, isOptional: Bool)
        /// An absolute path with `%u`, `%n` and `%d`.
        case template(TextPath)
        case choice(TextPath, [String])
        case number(NumberPath, ClosedRange<Int>, unit: String)
        /// Seconds; `30s`, `10m`, `1h`, `2d`, or a bare number of seconds.
        case duration(NumberPath, ClosedRange<Int>)
    }

    package let name: String
    package let kind: Kind
    package let sentence: String

    init(_ name: String, _ kind: Kind, _ sentence: String) {
        self.name = name
        self.kind = kind
        self.sentence = sentence
    }

    package static let facilities = [
        "auth", "authpriv", "daemon", "mail", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
        "local7",
    ]

    /// Every name there is, in the order of the man page.
    package static let all: [Setting] = [
        Setting("database", .path(\.database), "The database of accounts and credentials."),
        Setting(
            "key_file", .path(\.keyFile),
            "The key that app passwords, recovery codes and TOTP seeds are kept under. Back it up apart from the database."
        ),
        Setting(
            "default_domain", .word(\.defaultDomain, isOptional: true),
            "Appended to a user name without a domain. Empty: such a name is no account."),
        Setting(
            "log_target", .logTarget(\.logTarget),
            "Where the auth log goes: syslog, stderr or a file. Nothing counts guesses that are logged to stderr."),
        Setting(
            "log_format", .choice(\.logFormat, Configuration.LogFormat.allCases.map(\.rawValue)),
            "The line that fail2ban and its like read, or the same events as one JSON object a line."),
        Setting(
            "syslog_ident", .word(\.syslogIdent, isOptional: false),
            "The program name of each line. Log consumers look for dovecot."),
        Setting("syslog_facility", .choice(\.syslogFacility, facilities), "The syslog facility."),
        Setting(
            "mail_uid", .word(\.mailUID, isOptional: false),
            "The user that owns the mail, by name or number, unless the account has its own."),
        Setting(
            "mail_gid", .word(\.mailGID, isOptional: false),
            "The group that owns the mail, by name or number, unless the account has its own."),
        Setting(
            "mail_home", .template(\.mailHome),
            "The home of an account's mail: %u is its name, %n the part before the @, %d the part after it."),
        Setting(
            "hash_memory", .number(\.hashMemory, 8192...1_048_576, unit: "KiB"),
            "Memory of a new Argon2id hash. A main password with a cheaper hash gets a new one at its next sign-in."),
        Setting(
            "hash_memory_limit", .number(\.hashMemoryLimit, 8192...4_194_304, unit: "KiB"),
            "A stored hash that asks for more memory is not verified: the sign-in is answered as temporary failure."),
        Setting("hash_passes", .number(\.hashPasses, 1...16, unit: "passes"), "Passes of a new Argon2id hash."),
        Setting(
            "hash_workers", .number(\.hashWorkers, 1...64, unit: "at once"),
            "How many slow hashes may run at the same time."),
        Setting(
            "guess_window", .duration(\.guessWindow, 60...86_400),
            "The same wrong secret for the same account from the same network counts once in this time."),
    ]

    /// The value as the file would have it.
    package func text(in configuration: Configuration) -> String {
        switch kind {
        case .path(let key), .logTarget(let key), .word(let key, _), .template(let key), .choice(let key, _):
            configuration[keyPath: key]
        case .number(let key, _, _): "\(configuration[keyPath: key])"
        case .duration(let key, _): Self.durationText(configuration[keyPath: key])
        }
    }

    package var unit: String {
        switch kind {
        case .path, .logTarget, .template: "path"
        case .word: "word"
        case .choice(_, let choices): choices.joined(separator: ", ")
        case .number(_, let range, let unit): "\(unit), \(range.lowerBound) to \(range.upperBound)"
        case .duration(_, let range):
            "time, \(Self.durationText(range.lowerBound)) to \(Self.durationText(range.upperBound))"
        }
    }

    /// Sets the value; gives back what is wrong with it, if anything.
    func set(_ value: String, in configuration: inout Configuration) -> String? {
        switch kind {
        case .path(let key):
            guard value.hasPrefix("/") else { return "is not an absolute path" }
            configuration[keyPath: key] = value
        case .logTarget(let key):
            guard value == "syslog" || value == "stderr" || value.hasPrefix("/") else {
                return "is not syslog, stderr or an absolute path"
            }
            configuration[keyPath: key] = value
        case .word(let key, let isOptional):
            guard isOptional || !value.isEmpty, value.utf8.allSatisfy(Self.isWordByte) else {
                return "holds other than letters, digits and ._-"
            }
            configuration[keyPath: key] = value
        case .template(let key):
            guard value.hasPrefix("/"), MailHome(value) != nil else {
                return "is not an absolute path with only %u, %n, %d and %% in it"
            }
            configuration[keyPath: key] = value
        case .choice(let key, let choices):
            guard choices.contains(value) else { return "is none of \(choices.joined(separator: ", "))" }
            configuration[keyPath: key] = value
        case .number(let key, let range, _):
            guard let number = Int(value), range.contains(number) else { return "is not one of: \(unit)" }
            configuration[keyPath: key] = number
        case .duration(let key, let range):
            guard let seconds = Self.seconds(value), range.contains(seconds) else { return "is not one of: \(unit)" }
            configuration[keyPath: key] = seconds
        }
        return nil
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
    private static func durationText(_ seconds: Int) -> String {
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
