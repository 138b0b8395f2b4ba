import Bytes
import Credentials
import SQLite

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

extension SourceTables {
    /// Each row of a query of line, name and more, with an account of that name; names that can be no account's are noted.
    func eachAccount(
        _ query: String, note: (ImportNote) -> Void,
        _ body: (borrowing Statement, consuming ImportedAccount) throws(SourceError) -> Void
    ) throws(SourceError) {
        try each(query) { (row) throws(SourceError) in
            guard let name = AccountName.importable(row.text(1)) else {
                let line = row.optionalInteger(0).map { Int($0) }
                return note(ImportNote(row.text(1), AccountName.whyNotImportable, line: line))
            }
            try body(row, ImportedAccount(name))
        }
    }
}
