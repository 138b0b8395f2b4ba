import Bytes
import Credentials

/// Tells whether a record of a source is the one of the last import: MACs under the key file.
struct ImportDigests {
    private let mac: KeyedMAC

    init(_ keys: Keys) { mac = keys.imported }

    /// Of the whole account, but for its recorded sign-ins.
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

    /// Of bytes that are a whole record, or a part of one.
    func digest(of bytes: some Sequence<UInt8>, account: String) -> [UInt8] { digest(Secret(Array(bytes)), account) }

    private static func fields(of one: ImportedAppPassword) -> [String] {
        [one.item, one.name, one.hash, "\(one.scope.rawValue)", "\(one.isDisabled)"]
            + one.networks.map(\.description)
    }

    /// Each with its length before it, so that no two lists give the same bytes.
    private static func join(_ fields: [String]) -> [UInt8] {
        Array(fields.map { "\($0.utf8.count):\($0)" }.joined().utf8)
    }

    private func digest(_ secret: borrowing Secret, _ account: String) -> [UInt8] {
        mac.mac(account: account, secret: secret)
    }
}
