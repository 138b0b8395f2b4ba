import Credentials
import Imports

/// A dump gives the same statements, or the same error, however it is cut into pieces.
func fuzzSQLDump(_ input: [UInt8]) {
    let whole = readSQLDump(input, piece: max(1, input.count))
    expect(readSQLDump(input, piece: 1 + Int(input.first ?? 0) % 16) == whole, "another reading in pieces")
}

private func readSQLDump(_ input: [UInt8], piece: Int) -> [String] {
    var statements = SQLStatements()
    var seen: [String] = []
    func take(_ one: SQLStatements.Piece) throws(SourceError) {
        if one.isRow {
            seen.append("\(try SQLStatement.readCopied(one))")
        } else {
            seen.append("\(try SQLStatement.read(one) { _ in true })")
        }
    }
    do throws(SourceError) {
        var rest = input[...]
        while !rest.isEmpty {
            try statements.feed(rest.prefix(piece)) { (one) throws(SourceError) in try take(one) }
            rest = rest.dropFirst(piece)
        }
        try statements.end { (one) throws(SourceError) in try take(one) }
    } catch {
        seen.append(error.explanation)
    }
    return seen
}

/// Every account that is read from a file is valid.
func fuzzPasswdFile(_ input: [UInt8]) {
    var file = PasswdFile()
    guard (try? file.read(input, domain: "example.org")) != nil else { return }
    try? file.eachAccount(
        { (account) throws(SourceError) in
            expect(account.name.canBeAccount, "no name for an account")
            if let home = account.mailbox.home { expect(home.hasPrefix("/"), "no absolute home") }
            for one in account.appPasswords { expect(one.isDisabled || !one.networks.isEmpty, "limited to nothing") }
        }, note: { _ in })
}
