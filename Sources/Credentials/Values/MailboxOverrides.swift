/// Where the mail of an account or a domain is stored, if not where the configuration says.
package struct MailboxOverrides: Equatable, Sendable {
    /// Name or number of the user that owns the mail.
    package var uid: String?
    /// Name or number of the group that owns the mail.
    package var gid: String?
    /// The home directory of an account: an absolute path.
    package var home: String?
    /// The home directory for a domain: a template in which `%u`, `%n` and `%d` stand for parts of the account's name.
    package var homeTemplate: String?
    /// Further fields for Dovecot's userdb.
    package var fields: [MailField]

    /// Sets where mail is stored; parts that are nil follow the domain or the configuration.
    package init(
        uid: String? = nil, gid: String? = nil, home: String? = nil, homeTemplate: String? = nil,
        fields: [MailField] = []
    ) {
        self.uid = uid
        self.gid = gid
        self.home = home
        self.homeTemplate = homeTemplate
        self.fields = fields
    }
}

/// A field for Dovecot's userdb; its name lacks the prefix `userdb_`.
package struct MailField: Equatable, Sendable {
    /// Bytes of a name and of a value, far more than any field of Dovecot's has.
    private static let maxNameLength = 64
    private static let maxValueLength = 1024
    /// The maximum number of fields of one account or domain.
    package static let maxCount = 64
    /// Names of fields that Postern sets itself.
    private static let reserved = ["uid", "gid", "home", "user"]

    /// The name, `[a-z0-9_]+`.
    package let name: String
    /// The value, without TAB, CR, LF and NUL.
    package let value: String

    /// Nil for a name that is not `[a-z0-9_]+`, is reserved or begins with `userdb_`, for a value with TAB, CR, LF or
    /// NUL, and if either is too long.
    package init?(name: String, value: String) {
        guard !name.isEmpty, name.utf8.count <= Self.maxNameLength, name.utf8.allSatisfy(Self.isNameByte),
            !Self.reserved.contains(name), !name.hasPrefix("userdb_"), value.utf8.count <= Self.maxValueLength,
            !value.utf8.contains(where: { $0 == 0x09 || $0 == 0x0a || $0 == 0x0d || $0 == 0 })
        else { return nil }
        self.name = name
        self.value = value
    }

    /// Reads `NAME=VALUE`.
    package init?(_ text: String) {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        self.init(name: String(text[..<equals]), value: String(text[text.utf8.index(after: equals)...]))
    }

    /// The field as `NAME=VALUE`.
    package var text: String { "\(name)=\(value)" }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }

    // MARK: Stored form

    /// The fields as they are stored, separated by TABs; nil for none.
    static func encode(_ fields: [MailField]) -> String? {
        fields.isEmpty ? nil : fields.map(\.text).joined(separator: "\t")
    }

    static func read(stored: String?) -> [MailField] {
        guard let stored else { return [] }
        return stored.utf8.split(separator: 0x09).compactMap { MailField(String(decoding: Array($0), as: UTF8.self)) }
    }

    /// The fields of `own`, and those of `others` that have another name.
    static func merge(_ own: [MailField], _ others: [MailField]) -> [MailField] {
        own + others.filter { other in !own.contains { $0.name == other.name } }
    }
}
