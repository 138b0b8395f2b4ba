import Bytes
import Credentials

/// How things were in a source, part by part, in a few octets each: what a later import compares with.
struct ImportDigests {
    enum AccountPart: String, CaseIterable {
        case mainPassword = "main password"
        case state
        case secondFactor = "second factor"
        case policy
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
            guard old.count == bytes.count else { return Array(Part.allCases) }
            return Part.allCases.enumerated().filter { index, _ in
                let place = (index * ImportDigests.length)..<((index + 1) * ImportDigests.length)
                return old[place] != bytes[place]
            }.map(\.element)
        }
    }

    func parts(of account: borrowing ImportedAccount) -> Parts<AccountPart> {
        let name = account.name.text
        var bytes = digest(account.mainHash ?? "", name)
        bytes += digest("\(account.isDisabled) \(account.mustChange)", name)
        bytes += digest(account.seed.between(Array(account.secondFactor.rawValue.utf8), []), name)
        let policy = account.policy
        bytes += digest(
            "\(policy.appPasswordsRequired.map { "\($0)" } ?? "") \(policy.services.map { "\($0.rawValue)" } ?? "")",
            name)
        let mailbox = account.mailbox
        bytes += digest([mailbox.uid, mailbox.gid, mailbox.home].map { $0 ?? "" }.joined(separator: "\n"), name)
        return Parts(bytes: bytes)
    }

    func parts(of one: ImportedAppPassword, account: AccountName) -> Parts<AppPasswordPart> {
        let name = account.text
        let networks = one.networks.map(\.description).joined(separator: " ")
        return Parts(
            bytes: digest("\(one.name)\n\(one.scope.rawValue)\n\(networks)", name) + digest(one.hash, name)
                + digest("\(one.isDisabled)", name))
    }

    private func digest(_ text: String, _ account: String) -> [UInt8] { digest(Secret(Array(text.utf8)), account) }

    private func digest(_ secret: borrowing Secret, _ account: String) -> [UInt8] {
        Array(mac.mac(account: account, secret: secret).prefix(Self.length))
    }
}
