import Bytes
import Credentials

/// MACs of a source's records, by which an import recognises what did not change since the previous one.
struct ImportDigests {
    private let mac: KeyedMAC

    init(_ keys: Keys) { mac = keys.imported }

    /// Returns the digest of an account, without its recorded sign-ins.
    func digest(of account: borrowing ImportedAccount) -> [UInt8] {
        let mailbox = account.mailbox
        var fields = [
            account.mainHash ?? "-", "\(account.mainHash == nil)", "\(account.isDisabled)", "\(account.mustChange)",
            account.secondFactor.rawValue, account.policy.appPasswordsRequired.map { "\($0)" } ?? "",
            account.policy.services.map { "\($0.rawValue)" } ?? "",
        ]
        fields += [mailbox.uid, mailbox.gid, mailbox.home].map { $0 ?? "" } + mailbox.fields.map(\.text)
        fields += account.aliases.map { ["aliases"] + $0.map(\.text) } ?? ["no aliases"]
        for one in account.appPasswords { fields += ["app password"] + Self.fields(of: one) }
        return digest(account.seed.between(Self.join(fields), []), account.name.text)
    }

    /// Returns the digest of bytes that are a record or a part of one.
    func digest(of bytes: some Sequence<UInt8>, account: String) -> [UInt8] { digest(Secret(Array(bytes)), account) }

    private static func fields(of one: ImportedAppPassword) -> [String] {
        [one.item, one.name, one.hash, "\(one.scope.rawValue)", "\(one.isDisabled)"]
            + one.networks.map(\.description)
    }

    /// Joins fields, each preceded by its length, so that different lists give different bytes.
    private static func join(_ fields: [String]) -> [UInt8] {
        Array(fields.map { "\($0.utf8.count):\($0)" }.joined().utf8)
    }

    private func digest(_ secret: borrowing Secret, _ account: String) -> [UInt8] {
        mac.mac(account: account, secret: secret)
    }
}
