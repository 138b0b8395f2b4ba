import Bytes
import Credentials

/// How things were in a source, part by part, in a few octets each: what a later import compares with.
struct ImportDigests {
    enum AccountPart: String, CaseIterable {
        case mainPassword = "main password"
        case disabled
        case mustChange = "must change"
        case secondFactor = "second factor"
        case appPasswordsRequired = "app-password policy"
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
        let texts = [mailbox.uid, mailbox.gid, mailbox.home].map { $0 ?? "" } + mailbox.fields.map(\.text)
        bytes += digest(texts.joined(separator: "\n"), name)
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

    /// The digest of an account, and how the import closed it, if it did.
    static func mark(_ parts: ArraySlice<UInt8>, _ closing: Closing?, _ gone: Gone = .no) -> ImportMark {
        ImportMark(digest: parts.prefix(partsLength) + (closing.map { [gone.rawValue] + $0.octets } ?? []))
    }

    enum Gone: UInt8 {
        case no
        /// It was closed already.
        case wasClosed
        /// That closed it.
        case wasOpen
    }

    /// Nil if nothing was to close it, or nothing is since.
    static func closing(_ digest: [UInt8]) -> (Closing, gone: Gone)? {
        let rest = digest.dropFirst(partsLength)
        guard rest.count == 1 + Closing.length, let gone = rest.first.flatMap(Gone.init(rawValue:)) else { return nil }
        return (Closing(octets: rest.dropFirst()), gone)
    }

    private static let partsLength = AccountPart.allCases.count * length

    /// What an import made of an app password.
    struct AppPasswordState {
        /// Its hash cannot be verified here, or waits for its place.
        var isUnverifiable = false
        /// How the import closed it, if it did.
        var closing: Closing?
    }

    static func mark(_ id: String, _ parts: Parts<AppPasswordPart>, _ state: AppPasswordState) -> ImportMark {
        let closing = state.closing.map { [state.isUnverifiable ? 1 : 0] + $0.octets }
        return ImportMark(credential: id, digest: parts.bytes + (closing ?? []))
    }

    /// One that cannot be verified always has a closing.
    static func state(_ digest: [UInt8]) -> AppPasswordState {
        let rest = digest.dropFirst(AppPasswordPart.allCases.count * length)
        guard rest.count == 1 + Closing.length else { return AppPasswordState() }
        return AppPasswordState(isUnverifiable: rest.first == 1, closing: Closing(octets: rest.dropFirst()))
    }
}
