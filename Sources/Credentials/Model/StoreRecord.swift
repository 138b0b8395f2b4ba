import Bytes

/// A record of an export: one line of JSON. Secrets are as they are stored, bytes in hexadecimal digits, times in ISO
/// 8601.
package struct StoreRecord: Codable, Equatable {
    /// The first line of an export.
    package var header: Header?
    /// A domain's policy and mailbox.
    package var domain: Domain?
    /// An account with all that belongs to it.
    package var account: Account?
    /// A mark of an import.
    package var imported: Imported?
    /// The last line.
    package var end: End?

    /// Makes an empty record; the caller then sets one of its parts.
    package init() {}

    /// The first line.
    package struct Header: Codable, Equatable {
        /// The version of the export format, not of the database.
        package var version = 1
        /// The check value of the key file that the secrets belong to.
        package var keyCheck: String
    }

    /// What is stored about a domain.
    package struct Domain: Codable, Equatable {
        /// The name in canonical form.
        package var name: String
        /// Raised by every change.
        package var generation: Int64
        /// The domain's policy.
        package var policy: PolicyRecord
        /// Where the mail of the domain's accounts is stored; nil: not set.
        package var mailbox: MailboxRecord?
    }

    /// Where the mail of a domain's accounts is stored.
    package struct MailboxRecord: Codable, Equatable {
        /// Name or number of the user that owns the mail; nil: as configured.
        package var uid: String?
        /// Name or number of the group that owns the mail; nil: as configured.
        package var gid: String?
        /// The home directory as a template; nil: as configured.
        package var home: String?
        /// Further fields for Dovecot's userdb, as `name=value`.
        package var fields: [String]?
    }

    /// A policy; parts that are nil are not set.
    package struct PolicyRecord: Codable, Equatable {
        /// Whether mail programs must use app passwords.
        package var appPasswordsRequired: Bool?
        /// Whether there must be a second factor.
        package var secondFactorRequired: Bool?
        /// Maximum age of an app password in seconds; 0: no limit.
        package var maxAge: Int64?
        /// Mail services that may be used.
        package var services: [String]?
        /// Maximum number of live app passwords of an account; 0: no limit.
        package var maxAppPasswords: Int64?

        private enum CodingKeys: String, CodingKey {
            case appPasswordsRequired, secondFactorRequired, maxAge, services
            // As exports of version 1 have it.
            case maxAppPasswords = "mostAppPasswords"
        }

        /// Makes a policy that sets these parts.
        package init(
            appPasswordsRequired: Bool? = nil, secondFactorRequired: Bool? = nil, maxAge: Int64? = nil,
            services: [String]? = nil, maxAppPasswords: Int64? = nil
        ) {
            self.appPasswordsRequired = appPasswordsRequired
            self.secondFactorRequired = secondFactorRequired
            self.maxAge = maxAge
            self.services = services
            self.maxAppPasswords = maxAppPasswords
        }
    }

    /// What is stored about an account.
    package struct Account: Codable, Equatable {
        /// The name as it is stored.
        package var address: String
        /// The account's own generation, raised by every change of its credentials or policy.
        package var generation: Int64
        /// When the account was added.
        package var created: Timestamp
        /// The stored hash of the main password.
        package var mainHash: String?
        /// Whether `mainHash` is the hash of the mapped spelling; nil: no, as in older exports.
        package var mainIsMapped: Bool?
        /// The generation of the last change of the main password.
        package var mainGeneration: Int64
        /// Whether the main password must first be changed on the web.
        package var mustChange: Bool
        /// When the account was disabled; nil: it is not disabled.
        package var disabledSince: Timestamp?
        /// When a disabled account can sign in again; nil: not until it is enabled.
        package var disabledUntil: Timestamp?
        /// The kind of second factor: `off`, `totp` or `external`.
        package var secondFactor: String
        /// When the second factor was enabled.
        package var secondFactorSince: Timestamp?
        /// The TOTP seed, sealed under the key file's key; hexadecimal.
        package var sealedSeed: String?
        /// In older exports: the codes of this step and earlier ones are used up.
        package var lastStep: Int64?
        /// Steps whose codes were used.
        package var usedSteps: [Int64]?
        /// Recovery codes, used ones included.
        package var recoveryCodes: [RecoveryCode]
        /// The account's own policy.
        package var policy: PolicyRecord
        /// Name or number of the user that owns the mail; nil: as the domain.
        package var mailUID: String?
        /// Name or number of the group that owns the mail; nil: as the domain.
        package var mailGID: String?
        /// The home directory, an absolute path; nil: as the domain.
        package var mailHome: String?
        /// Further fields for Dovecot's userdb, as `name=value`.
        package var mailFields: [String]?
        /// Addresses and `@domains` that it may send as.
        package var aliases: [String]
        /// Its app passwords, including revoked ones but not those of webmail sessions.
        package var appPasswords: [AppPasswordRecord]
        /// Its sign-in history.
        package var signIns: [SignInEntry]
    }

    /// A recovery code without its text.
    package struct RecoveryCode: Codable, Equatable {
        /// Its MAC, in hexadecimal.
        package var verifier: String
        /// When it was used; nil: not yet.
        package var used: Timestamp?
    }

    /// An app password without its secret.
    package struct AppPasswordRecord: Codable, Equatable {
        /// Its id.
        package var id: String
        /// `generated`, `compact` or `imported`.
        package var kind: String
        /// The MAC of a generated app password; random bytes for any other. Hexadecimal.
        package var verifier: String
        /// The stored hash of a compact or imported app password.
        package var hash: String?
        /// The 16 bits by which it is found; nil: not known.
        package var tag: Int64?
        /// The name that its owner gave it.
        package var name: String
        /// Mail services that it opens.
        package var services: [String]
        /// CIDR blocks that it may be used from; empty: all.
        package var networks: [String]
        /// When it was made.
        package var created: Timestamp
        /// When it expires; nil: never.
        package var expires: Timestamp?
        /// When it was disabled; nil: it is not disabled.
        package var disabled: Timestamp?
        /// When it was revoked; nil: it is not revoked.
        package var revoked: Timestamp?
        /// When it was last used; nil: no use is known.
        package var used: Timestamp?
        /// The id of the app password that replaces it.
        package var successor: String?
    }

    /// An entry of the history: network, credential and service, with the first and last use.
    package struct SignInEntry: Codable, Equatable {
        /// The bytes of the network, in hexadecimal; empty if it is unknown.
        package var network: String
        /// The id of an app password, `Store.mainCredential` or `Store.sessionCredential`.
        package var credential: String
        /// The service's name.
        package var service: String
        /// The first use.
        package var first: Timestamp
        /// The last use.
        package var last: Timestamp
        /// How often it was recorded.
        package var count: Int64
    }

    /// An import mark, so that the next import continues from it (`ImportMark`).
    package struct Imported: Codable, Equatable {
        /// The system that was imported.
        package var source: String
        /// The name of the account or domain.
        package var account: String
        /// The item of the account or domain; empty for the account itself.
        package var item: String
        /// The id of the app password that the item became in Postern; nil: none.
        package var credential: String?
        /// A MAC of the item as the source had it, in hexadecimal.
        package var digest: String
        /// The generation after the import; nil: unknown.
        package var generation: Int64?
        /// Whether the next import must compare again; nil for false.
        package var isIncomplete: Bool?
    }

    /// The last line: an export without it is truncated.
    package struct End: Codable, Equatable {
        /// The number of lines before this one.
        package var records: Int

        /// Makes the last line of an export.
        package init(records: Int) { self.records = records }
    }
}

extension Timestamp: Codable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }

    /// Reads a time in ISO 8601.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = Timestamp(iso8601: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 time")
        }
        self = time
    }
}

/// A value of a record that a store cannot accept.
package struct RecordFault: Error {
    /// What is wrong, for a message.
    package let text: String
}

extension StoreRecord.Account {
    /// Makes an account without credentials and history.
    package init(address: String, created: Timestamp) {
        self.init(
            address: address, generation: 0, created: created, mainGeneration: 0, mustChange: false,
            secondFactor: SecondFactor.off.rawValue, recoveryCodes: [], policy: StoreRecord.PolicyRecord(),
            aliases: [], appPasswords: [], signIns: [])
    }

    /// Carries the secrets to newer keys. Malformed values stay, for a later check to find.
    package mutating func carry(_ carrier: KeyCarrier) {
        func carry(_ digits: inout String, _ change: ([UInt8]) -> [UInt8]?) {
            if let bytes = try? StoreRecord.bytes(digits), let made = change(bytes) { digits = hex(made) }
        }
        if var seed = sealedSeed {
            carry(&seed) { carrier.seal($0, account: AccountName(stored: address)) }
            sealedSeed = seed
        }
        for index in recoveryCodes.indices { carry(&recoveryCodes[index].verifier, carrier.mac) }
        for index in appPasswords.indices {
            if appPasswords[index].kind == "generated" { carry(&appPasswords[index].verifier, carrier.mac) }
            appPasswords[index].tag = appPasswords[index].tag.map(carrier.tag)
        }
    }

    /// Keeps the expiry of app passwords where a policy of Postern set an earlier one.
    package mutating func keepEnds(of here: Self) {
        let known = Dictionary(here.appPasswords.map { ($0.id, $0) }) { first, _ in first }
        for index in appPasswords.indices {
            guard let one = known[appPasswords[index].id] else { continue }
            appPasswords[index].expires = [appPasswords[index].expires, one.expires].compactMap { $0 }.min()
        }
    }

    /// Keeps last uses, and Argon2id hashes that sign-ins to Postern made: each installation makes its own of the same
    /// secret.
    package mutating func keepUses(of here: Self) {
        let known = Dictionary(here.appPasswords.map { ($0.id, $0) }) { first, _ in first }
        for index in appPasswords.indices {
            guard let one = known[appPasswords[index].id] else { continue }
            appPasswords[index].used = [appPasswords[index].used, one.used].compactMap { $0 }.max()
            let isCurrent = [appPasswords[index].hash, one.hash].allSatisfy { $0?.hasPrefix("$argon2id$") ?? false }
            if isCurrent { (appPasswords[index].hash, appPasswords[index].tag) = (one.hash, one.tag) }
        }
    }

    /// Steps whose codes are used up. For `lastStep` of an older export these are only the last three, since no others
    /// are in reach.
    var spentSteps: [Int64] { (usedSteps ?? []) + (lastStep.map { [$0 &- 2, $0 &- 1, $0].filter { $0 >= 0 } } ?? []) }

    /// Whether both records ask for the same at a sign-in: "must change", second factor, seed and policy on the second
    /// factor.
    func asksTheSame(as here: Self) -> Bool {
        mustChange == here.mustChange && secondFactor == here.secondFactor && sealedSeed == here.sealedSeed
            && policy.secondFactorRequired == here.policy.secondFactorRequired
    }
}

extension StoreRecord.Imported {
    /// Carries the digest to newer keys.
    package mutating func carry(_ carrier: KeyCarrier) {
        if let bytes = try? StoreRecord.bytes(digest) { digest = hex(carrier.mac(bytes)) }
    }
}

extension StoreRecord {
    /// The names of these services, for a record.
    package static func names(_ scope: Scope) -> [String] { scope.services.map(\.rawValue) }

    static func scope(_ names: [String]) throws(RecordFault) -> Scope {
        let services = names.compactMap(Service.init(rawValue:))
        guard services.count == names.count else { throw RecordFault(text: "an unknown service") }
        return Scope(services)
    }

    /// The largest integer that every JSON reader takes exactly (RFC 8259, section 6).
    private static let largest: Int64 = 1 << 53 - 1

    static func expectCount(_ number: Int64) throws(RecordFault) {
        guard (0...largest).contains(number) else { throw RecordFault(text: "a number out of range") }
    }

    static func fields(_ texts: [String]?) throws(RecordFault) -> [MailField] {
        let fields = (texts ?? []).compactMap { MailField($0) }
        guard fields.count == texts?.count ?? 0, fields.count <= MailField.maxCount else {
            throw RecordFault(text: "an invalid mailbox field")
        }
        return fields
    }

    static func bytes(_ digits: String) throws(RecordFault) -> [UInt8] {
        guard let bytes = decodeHex(digits[...]) else { throw RecordFault(text: "invalid hexadecimal digits") }
        return bytes
    }
}
