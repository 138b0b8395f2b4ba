import Credentials
import Imports
import Testing

/// Dovecot's passwd-file, line by line.
struct PasswdFileTests {
    /// Accounts as text, and what was noted.
    private func read(_ text: String, defaultDomain: String = "") throws -> (accounts: [String], notes: [String]) {
        var file = PasswdFile(defaultDomain: defaultDomain)
        try file.read(Array(text.utf8))
        var accounts: [String] = []
        var notes: [String] = []
        try file.eachAccount(
            { (account) throws(StoreError) in
                let own = account.mailbox
                let networks = account.appPasswords.flatMap(\.networks).map(\.description).joined(separator: " ")
                accounts.append(
                    "\(account.name.text) \(account.mainHash ?? "-") \(own.uid ?? "-") \(own.gid ?? "-") \(own.home ?? "-") "
                        + "\(account.isDisabled ? "off" : "on") [\(networks)]")
                notes += account.notes.map { "\($0.subject): \($0.text)" }
            }, note: { notes.append("\($0.subject): \($0.text)") })
        return (accounts, notes)
    }

    @Test(arguments: [
        ("a@b.c:{SHA}x", "a@b.c {SHA}x - - - on []"),
        ("A@b.c:{SHA}x:1:2:gecos:/h:/bin/sh:", "a@b.c {SHA}x 1 2 /h on []"),
        ("a@b.c:bare:1:2::/h/%d/%n::", "a@b.c {CRYPT}bare 1 2 /h/b.c/a on []"),
        ("a@b.c:$6$x::::::nologin", "a@b.c $6$x - - - off []"),
        ("a@b.c:$6$x::::::nologin\r\n", "a@b.c $6$x - - - off []"),
        ("a@b.c:{PLAIN}x\r", "a@b.c {PLAIN}x - - - on []"),
        ("a@b.c::::::: userdb_uid=7 userdb_gid=8 userdb_home=/x:y", "a@b.c - 7 8 /x:y on []"),
        ("a@b.c:{SHA}x::::::allow_nets=192.0.2.7/24,2001:db8::/32", "a@b.c - - - - on [192.0.2.0/24 2001:db8::/32]"),
        ("a@b.c:{SHA}x::::::allow_nets=local", "a@b.c - - - - on []"),
        // Found by the fuzzer.
        ("a@b.c:{SHA}x:::::: nologin =", "a@b.c {SHA}x - - - off []"),
    ])
    func line(_ line: String, _ account: String) throws { #expect(try read(line).accounts == [account]) }

    @Test func whatHasNoPlace() throws {
        let (accounts, notes) = try read(
            "# comment\n\na@b.c:x:::::: userdb_a-b=m proxy\nb@b.c:x:::::relative:: userdb_a-b=m\nnothing\nbob:x\n"
                + "x y@b.c:x\n")
        #expect(accounts.count == 2)
        #expect(notes.contains(": a line without a \":\"") && !notes.contains { $0.contains("nothing") })
        #expect(notes.contains { $0.hasPrefix("userdb_a-b: ") && $0.contains("2 accounts") })
        #expect(notes.contains { $0.hasPrefix("bob: not an address") } && notes.contains { $0.hasPrefix("x y@b.c: ") })
        #expect(try read("bob:x\n", defaultDomain: "b.c").accounts == ["bob@b.c {CRYPT}x - - - on []"])
    }

    @Test(arguments: [("a@b.c:x\n\0", 2), ("\n" + String(repeating: "x", count: 70_000), 2)])
    func noPasswdFile(_ text: String, _ line: Int) {
        #expect {
            try read(text)
        } throws: { error in
            if case .malformed(line, _)? = error as? SourceError { true } else { false }
        }
    }
}
