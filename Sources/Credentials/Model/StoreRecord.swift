import Bytes

/// What of a store goes into an export and comes out of it, as one line of JSON each. Secrets are as they are stored, octets
/// in hexadecimal digits, moments in ISO 8601.
package struct StoreRecord: Codable, Equatable {
    package var header: Header?
    package var domain: Domain?
    package var account: Account?
    package var imported: Imported?
    package var end: End?

    package init() {}

    /// The first line.
    package struct Header: Codable, Equatable {
        /// Of this form, not of the database.
        package var version = 1
        /// Of the key file that the secrets belong to.
        package var keyCheck: String
    }

    package struct Domain: Codable, Equatable {
        package var name: String
        package var generation: Int64
        package var policy: PolicyRecord
        /// Nil: nothing is said of it.
        package var mailbox: MailboxRecord?
    }

    /// Where the mail of a domain's accounts lies.
    package struct MailboxRecord: Codable, Equatable {
        package var uid: String?
        package var gid: String?
        package var home: String?
        /// `name=value`.
        package var fields: [String]?
    }

    package struct PolicyRecord: Codable, Equatable {
        package var appPasswordsRequired: Bool?
        package var secondFactorRequired: Bool?
        package var maxAge: Int64?
        package var services: [String]?
        package var mostAppPasswords: Int64?

        package init(
            appPasswordsRequired: Bool? = nil, secondFactorRequired: Bool? = nil, maxAge: Int64? = nil,
            services: [String]? = nil, mostAppPasswords: Int64? = nil
        ) {
            self.appPasswordsRequired = appPasswordsRequired
            self.secondFactorRequired = secondFactorRequired
            self.maxAge = maxAge
            self.services = services
            self.mostAppPasswords = mostAppPasswords
        }
    }

    package struct Account: Codable, Equatable {
        package var address: String
        package var generation: Int64
        package var created: Timestamp
        package var mainHash: String?
        /// Nil: no, as in exports that do not know of it.
        package var mainIsMapped: Bool?
        package var mainGeneration: Int64
        package var mustChange: Bool
        package var disabledSince: Timestamp?
        package var disabledUntil: Timestamp?
        package var secondFactor: String
        package var secondFactorSince: Timestamp?
        package var sealedSeed: String?
        /// In older exports: no code at or before this step works.
        package var lastStep: Int64?
        package var usedSteps: [Int64]?
        package var recoveryCodes: [RecoveryCode]
        package var policy: PolicyRecord
        package var mailUID: String?
        package var mailGID: String?
        package var mailHome: String?
        package var mailFields: [String]?
        package var aliases: [String]
        package var appPasswords: [AppPasswordRecord]
        package var signIns: [SignInEntry]
    }

    package struct RecoveryCode: Codable, Equatable {
        package var verifier: String
        package var used: Timestamp?
    }

    package struct AppPasswordRecord: Codable, Equatable {
        package var id: String
        package var kind: String
        package var verifier: String
        package var hash: String?
        package var tag: Int64?
        package var name: String
        package var services: [String]
        package var networks: [String]
        package var created: Timestamp
        package var expires: Timestamp?
        package var disabled: Timestamp?
        package var revoked: Timestamp?
        package var used: Timestamp?
        package var successor: String?
    }

    package struct SignInEntry: Codable, Equatable {
        package var network: String
        package var credential: String
        package var service: String
        package var first: Timestamp
        package var last: Timestamp
        package var count: Int64
    }

    /// What is remembered of an import, so that the next one goes on from there.
    package struct Imported: Codable, Equatable {
        package var source: String
        package var account: String
        package var item: String
        package var credential: String?
        package var digest: String
        package var generation: Int64?
        /// Nil for false.
        package var isIncomplete: Bool?
    }

    /// The last line: without it an export is cut off.
    package struct End: Codable, Equatable {
        package var records: Int

        package init(records: Int) { self.records = records }
    }
}

extension Timestamp: Codable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let moment = Timestamp(iso8601: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no moment in ISO 8601")
        }
        self = moment
    }
}

/// A value that a store cannot take.
package struct RecordFault: Error {
    package let text: String
}

extension StoreRecord.Account {
    /// One with nothing yet.
    package init(address: String, created: Timestamp) {
        self.init(
            address: address, generation: 0, created: created, mainGeneration: 0, mustChange: false,
            secondFactor: SecondFactor.off.rawValue, recoveryCodes: [], policy: StoreRecord.PolicyRecord(),
            aliases: [], appPasswords: [], signIns: [])
    }

    /// Brings it under newer keys. What is no such value stays, for whoever checks it.
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

    /// Adds ends of app passwords that a policy set here.
    package mutating func keepEnds(of here: Self) {
        let known = Dictionary(here.appPasswords.map { ($0.id, $0) }) { first, _ in first }
        for index in appPasswords.indices {
            guard let one = known[appPasswords[index].id] else { continue }
            appPasswords[index].expires = [appPasswords[index].expires, one.expires].compactMap { $0 }.min()
        }
    }

    /// Keeps last uses, and hashes of today's kind that a sign-in here made, each installation its own.
    package mutating func keepUses(of here: Self) {
        let known = Dictionary(here.appPasswords.map { ($0.id, $0) }) { first, _ in first }
        for index in appPasswords.indices {
            guard let one = known[appPasswords[index].id] else { continue }
            appPasswords[index].used = [appPasswords[index].used, one.used].compactMap { $0 }.max()
            let isCurrent = [appPasswords[index].hash, one.hash].allSatisfy { $0?.hasPrefix("$argon2id$") ?? false }
            if isCurrent { (appPasswords[index].hash, appPasswords[index].tag) = (one.hash, one.tag) }
        }
    }

    /// Steps whose code does not work again. Of those that an older export means, only the last ones are in reach.
    var spentSteps: [Int64] { (usedSteps ?? []) + (lastStep.map { [$0 &- 2, $0 &- 1, $0].filter { $0 >= 0 } } ?? []) }

    /// Whether the same second factor, and nothing else, is asked for.
    func asksTheSame(as here: Self) -> Bool {
        mustChange == here.mustChange && secondFactor == here.secondFactor && sealedSeed == here.sealedSeed
            && policy.secondFactorRequired == here.policy.secondFactorRequired
    }
}

extension StoreRecord.Imported {
    /// Brings it under newer keys.
    package mutating func carry(_ carrier: KeyCarrier) {
        if let bytes = try? StoreRecord.bytes(digest) { digest = hex(carrier.mac(bytes)) }
    }
}

extension StoreRecord {
    package static func names(_ scope: Scope) -> [String] { scope.services.map(\.rawValue) }

    static func scope(_ names: [String]) throws(RecordFault) -> Scope {
        let services = names.compactMap(Service.init(rawValue:))
        guard services.count == names.count else { throw RecordFault(text: "an unknown service") }
        return Scope(services)
    }

    /// The largest number that every reader of JSON takes as it is (RFC 8259, section 6).
    private static let largest: Int64 = 1 << 53 - 1

    static func expectCount(_ number: Int64) throws(RecordFault) {
        guard (0...largest).contains(number) else { throw RecordFault(text: "a number that cannot be") }
    }

    static func fields(_ texts: [String]?) throws(RecordFault) -> [MailField] {
        let fields = (texts ?? []).compactMap { MailField($0) }
        guard fields.count == texts?.count ?? 0, fields.count <= MailField.most else {
            throw RecordFault(text: "a bad field of a mailbox")
        }
        return fields
    }

    static func bytes(_ digits: String) throws(RecordFault) -> [UInt8] {
        guard let bytes = decodeHex(digits[...]) else { throw RecordFault(text: "no hexadecimal digits") }
        return bytes
    }
}
