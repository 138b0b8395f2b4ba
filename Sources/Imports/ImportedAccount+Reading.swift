import Bytes
import Credentials

extension AccountName {
    /// A name that another system has for an account; nil if it can be none here.
    static func importable(_ text: String) -> AccountName? {
        AccountName(text).flatMap { $0.canBeAccount ? $0 : nil }
    }

    static let whyNotImportable = "not an address that could sign in here"
}

extension ImportedAccount {
    mutating func note(_ text: String) { notes.append(ImportNote(name.text, text)) }

    /// - Parameters:
    ///   - seeds: Of TOTP, in base32.
    ///   - others: What else there is, by the source's names.
    mutating func setSecondFactor(seeds: [String], others: [String]) {
        guard !seeds.isEmpty || !others.isEmpty else { return }
        guard let text = seeds.first, let seed = OTPAuth.seed(base32: text) else {
            secondFactor = .external
            note(
                seeds.isEmpty
                    ? "its second factor (\(others.joined(separator: ", "))) cannot be checked here: noted as external"
                    : "its TOTP seed cannot be read: its second factor is noted as external")
            return
        }
        secondFactor = .totp
        self.seed = seed
        if seeds.count > 1 || !others.isEmpty {
            note("of its second factors only the first TOTP seed comes")
        }
    }
}
