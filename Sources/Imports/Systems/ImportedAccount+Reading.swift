import Bytes
import Credentials
import SQL
import SQLite

extension AccountName {
    /// Reads the name of an account of another system; nil if Postern can have no such account.
    static func importable(_ text: String) -> AccountName? {
        AccountName(text).flatMap { $0.canBeAccount ? $0 : nil }
    }

    static let whyNotImportable = "not an address that can sign in to Postern"
}

extension ImportedAccount {
    mutating func note(_ text: String) { notes.append(ImportNote(name.text, text)) }

    /// Sets the second factor, and notes what is not imported of it.
    ///
    /// - Parameters:
    ///   - seeds: Seeds of TOTP, in base32.
    ///   - others: Other second factors, by the source's names.
    mutating func setSecondFactor(seeds: [String], others: [String]) {
        guard !seeds.isEmpty || !others.isEmpty else { return }
        guard let text = seeds.first, let seed = OTPAuth.seed(base32: text) else {
            secondFactor = .external
            note(
                seeds.isEmpty
                    ? "Postern cannot check its second factor (\(others.joined(separator: ", "))): noted as external"
                    : "its TOTP seed cannot be read: its second factor is noted as external")
            return
        }
        secondFactor = .totp
        self.seed = seed
        if seeds.count > 1 || !others.isEmpty {
            note("only the first TOTP seed of its second factors is imported")
        }
    }
}

extension SourceTables {
    /// Calls `body` with each row of a query whose first columns are line and name, and with an account of that name.
    /// `note` receives the names that no account can have.
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
