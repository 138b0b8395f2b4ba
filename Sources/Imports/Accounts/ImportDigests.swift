import Bytes
import Credentials

/// How things were in a source, part by part, in a few octets each: what a later import compares with.
struct ImportDigests {
    enum AccountPart: String, CaseIterable {
        case mainPassword = "main password"
        case disabled
        case mustChange = "must change"
        case secondFactor = "second factor"
        case appPasswordsRequired = "app passwords required"
        case services
        case mailbox
    }

    enum AppPasswordPart: CaseIterable { case content, hash, state }

    /// Octets of a part. Nothing depends on it but that a change is seen.
    private static let length = 8

    private let mac: KeyedMAC

    init(_ keys: Keys) { mac = keys.imported }

    struct Parts<Part: CaseIterable & Hashable> {
        let bytes: [UInt8]

        /// Those that differ; all of them if the old ones are none.
        func changed(from old: [UInt8]) -> [Part] {
            guard old.count >= bytes.count else { return Array(Part.allCases) }
            return Part.allCases.enumerated().filter { index, _ in
                let place = (index * ImportDigests.length)..<((index + 1) * ImportDigests.length)
                return old[place] != bytes[place]
            }.map(\.element)
        }
    }

    func parts(of account: borrowing ImportedAccount) -> Parts<AccountPart> {
        let name = account.name.text
        var bytes = digest(account.mainHash ?? "", name)
        bytes += digest("\(account.isDisabled)", name)
        bytes += digest("\(account.mustChange)", name)
        bytes += digest(account.secondFactor, account.seed, name)
        bytes += digest(account.policy.appPasswordsRequired.map { "\($0)" } ?? "", name)
        bytes += digest(account.policy.services.map { "\($0.rawValue)" } ?? "", name)
        let mailbox = account.mailbox
        bytes += digest([mailbox.uid, mailbox.gid, mailbox.home].map { $0 ?? "" }.joined(separator: "\n"), name)
        return Parts(bytes: bytes)
    }

    /// Whether the source had this second factor by then.
    func had(_ factor: SecondFactor, _ seed: borrowing Secret, _ account: AccountName, _ old: [UInt8]) -> Bool {
        let index = AccountPart.allCases.firstIndex(of: .secondFactor) ?? 0
        return old.dropFirst(index * Self.length).prefix(Self.length).elementsEqual(
            digest(factor, seed, account.text))
    }

    private func digest(_ factor: SecondFactor, _ seed: borrowing Secret, _ account: String) -> [UInt8] {
        digest(seed.between(Array(factor.rawValue.utf8), []), account)
    }

    func parts(of one: ImportedAppPassword, account: AccountName) -> Parts<AppPasswordPart> {
        let name = account.text
        let networks = one.networks.map(\.description).joined(separator: " ")
        return Parts(
            bytes: digest("\(one.name)\n\(one.scope.rawValue)\n\(networks)", name)
                + digest(one.hash, name) + digest("\(one.isDisabled)", name))
    }

    private func digest(_ text: String, _ account: String) -> [UInt8] { digest(Secret(Array(text.utf8)), account) }

    private func digest(_ secret: borrowing Secret, _ account: String) -> [UInt8] {
        Array(mac.mac(account: account, secret: secret).prefix(Self.length))
    }

    // MARK: What follows the parts

    /// The digest of an app password whose hash cannot be verified here, if it is `unverifiable`.
    static func mark(_ parts: Parts<AppPasswordPart>, unverifiable: Bool) -> [UInt8] {
        parts.bytes + (unverifiable ? [1] : [])
    }

    static func isUnverifiable(_ digest: [UInt8]) -> Bool { digest.count > AppPasswordPart.allCases.count * length }

    /// What the import did with an account that is gone from the source.
    struct Gone {
        /// When it was disabled for that; nil if it was disabled before.
        let since: Timestamp?
        /// If it was disabled for a time before.
        let until: Timestamp?
    }

    private static let partsLength = AccountPart.allCases.count * length
    private static let momentLength = 8

    static func gone(_ digest: [UInt8], _ gone: Gone) -> [UInt8] {
        digest.prefix(partsLength) + octets(gone.since) + octets(gone.until)
    }

    /// Nil if it was there at the last import.
    static func gone(_ digest: [UInt8]) -> Gone? {
        let rest = digest.dropFirst(partsLength)
        guard rest.count == 2 * momentLength else { return nil }
        return Gone(since: moment(rest.prefix(momentLength)), until: moment(rest.dropFirst(momentLength)))
    }

    /// 0 for none.
    private static func octets(_ moment: Timestamp?) -> [UInt8] {
        (0..<momentLength).map { UInt8(truncatingIfNeeded: (moment?.seconds ?? 0) >> ($0 * 8)) }
    }

    private static func moment(_ octets: ArraySlice<UInt8>) -> Timestamp? {
        let seconds = octets.reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return seconds == 0 ? nil : Timestamp(seconds)
    }
}
