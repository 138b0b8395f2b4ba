/// Where an account's mail lies, if not where the configuration says.
package struct MailboxOverrides: Equatable, Sendable {
    package var uid: String?
    package var gid: String?
    package var home: String?
    /// Of a domain: `%u`, `%n` and `%d` stand for parts of the account's name.
    package var homeTemplate: String?
    /// Further fields of Dovecot's userdb.
    package var fields: [MailField]

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

/// A field of Dovecot's userdb, without `userdb_` before its name.
package struct MailField: Equatable, Sendable {
    /// Bytes of a name and of a value: far more than any field of Dovecot's has.
    private static let longestName = 64
    private static let longestValue = 1024
    /// Fields of one account or domain.
    package static let most = 64
    /// What has a setting, or an option, of its own.
    private static let reserved = ["uid", "gid", "home", "user"]

    package let name: String
    package let value: String

    /// Nil for a name that is not `[a-z0-9_]+` or is said otherwise, and for a value with TAB, CR, LF or NUL.
    package init?(name: String, value: String) {
        guard !name.isEmpty, name.utf8.count <= Self.longestName, name.utf8.allSatisfy(Self.isNameByte),
            !Self.reserved.contains(name), !name.hasPrefix("userdb_"), value.utf8.count <= Self.longestValue,
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

    package var text: String { "\(name)=\(value)" }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }

    // MARK: As the store has them

    /// Nil for none.
    static func stored(_ fields: [MailField]) -> String? {
        fields.isEmpty ? nil : fields.map(\.text).joined(separator: "\t")
    }

    static func read(stored: String?) -> [MailField] {
        guard let stored else { return [] }
        return stored.utf8.split(separator: 0x09).compactMap { MailField(String(decoding: Array($0), as: UTF8.self)) }
    }

    /// These, and those of the others that have another name.
    static func merge(_ own: [MailField], _ others: [MailField]) -> [MailField] {
        own + others.filter { other in !own.contains { $0.name == other.name } }
    }
}
