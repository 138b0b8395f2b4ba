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

    /// - Parameter isVerifiable: Whether its main password can be verified here. One that can since is another one.
    func parts(of account: borrowing ImportedAccount, isVerifiable: Bool) -> Parts<AccountPart> {
        let name = account.name.text
        var bytes = digest("\(isVerifiable) \(account.mainHash ?? "")", name)
        bytes += digest("\(account.isDisabled)", name)
        bytes += digest("\(account.mustChange)", name)
        bytes += digest(account.seed.between(Array(account.secondFactor.rawValue.utf8), []), name)
        bytes += digest(account.policy.appPasswordsRequired.map { "\($0)" } ?? "", name)
        bytes += digest(account.policy.services.map { "\($0.rawValue)" } ?? "", name)
        let mailbox = account.mailbox
        bytes += digest([mailbox.uid, mailbox.gid, mailbox.home].map { $0 ?? "" }.joined(separator: "\n"), name)
        return Parts(bytes: bytes)
    }

    /// Whether the source had this second factor, of which there is no seed, by then.
    func had(_ factor: SecondFactor, _ account: AccountName, _ old: [UInt8]) -> Bool {
        let index = AccountPart.allCases.firstIndex(of: .secondFactor) ?? 0
        return old.dropFirst(index * Self.length).prefix(Self.length).elementsEqual(
            digest(factor.rawValue, account.text))
    }

    func parts(of one: ImportedAppPassword, isVerifiable: Bool, account: AccountName) -> Parts<AppPasswordPart> {
        let name = account.text
        let networks = one.networks.map(\.description).joined(separator: " ")
        return Parts(
            bytes: digest("\(one.name)\n\(one.scope.rawValue)\n\(networks)", name)
                + digest("\(isVerifiable) \(one.hash)", name)
                + digest("\(one.isDisabled || !isVerifiable)", name))
    }

    private func digest(_ text: String, _ account: String) -> [UInt8] { digest(Secret(Array(text.utf8)), account) }

    private func digest(_ secret: borrowing Secret, _ account: String) -> [UInt8] {
        Array(mac.mac(account: account, secret: secret).prefix(Self.length))
    }

    // MARK: Accounts that are gone

    private enum Gone: UInt8 { case enabled = 1, disabled = 2 }

    private static let partsLength = AccountPart.allCases.count * length

    /// The digest of an account that is gone there, and whether it was disabled here by then.
    static func gone(_ digest: [UInt8], wasDisabled: Bool) -> [UInt8] {
        digest + [wasDisabled ? Gone.disabled.rawValue : Gone.enabled.rawValue]
    }

    static func isGone(_ digest: [UInt8]) -> Bool { digest.count > partsLength }

    static func wasDisabled(_ digest: [UInt8]) -> Bool { digest.last == Gone.disabled.rawValue }
}
