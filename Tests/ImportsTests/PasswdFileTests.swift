import Credentials
import Imports
import Testing

/// Dovecot's passwd-file, line by line.
struct PasswdFileTests {
    /// Accounts as text, and what was noted.
    private func read(_ text: String, domain: String = "", scheme: String? = nil) throws
        -> (accounts: [String], notes: [String])
    {
        var file = PasswdFile(defaultScheme: scheme)
        try file.read(Array(text.utf8), domain: domain)
        var accounts: [String] = []
        var notes: [String] = []
        try file.eachAccount(
            { (account) throws(SourceError) in
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
        ("a@b.c:bare:1:2::/h/%d/%n::", "a@b.c bare 1 2 /h/b.c/a on []"),
        ("a@b.c:$6$x::::::nologin", "a@b.c $6$x - - - off []"),
        ("a@b.c:$6$x::::::nologin\r\n", "a@b.c $6$x - - - off []"),
        ("a@b.c:{PLAIN}x\r", "a@b.c {PLAIN}x - - - on []"),
        ("a@b.c::::::: userdb_uid=7 userdb_gid=8 userdb_home=/x:y", "a@b.c - 7 8 /x:y on []"),
        ("a@b.c:{SHA}x::::::allow_nets=192.0.2.7/24,2001:db8::/32", "a@b.c - - - - on [192.0.2.0/24 2001:db8::/32]"),
        ("a@b.c:{SHA}x::::::allow_nets=local", "a@b.c - - - - on []"),
        ("a@b.c:{SHA}x::::::allow_real_nets=192.0.2.7", "a@b.c - - - - on [192.0.2.7]"),
        (
            "a@b.c:{SHA}x::::::allow_nets=192.0.2.0/24,10.0.0.0/8 allow_real_nets=192.0.0.0/16",
            "a@b.c - - - - on [192.0.2.0/24]"
        ),
        ("a@b.c:{SHA}x::::::allow_nets=10.0.0.0/8 allow_real_nets=192.0.0.0/16", "a@b.c - - - - on []"),
        ("a@b.c:{SHA}x::::::fail", "a@b.c {SHA}x - - - off []"),
        ("a@b.c:::::::nopassword", "a@b.c - - - - off []"),
        ("a@b.c:{SHA}x:0:8::/h", "a@b.c {SHA}x - - /h off []"),
        ("a@b.c:{SHA}x:8:0::/h", "a@b.c {SHA}x - - /h off []"),
        ("a@b.c:{SHA}x::::::userdb_uid=0", "a@b.c {SHA}x - - - off []"),
        ("a@b.c:{SHA}x::::::userdb_home:protected=/x", "a@b.c {SHA}x - - /x on []"),
        ("a@b.c:5f4dcc3b5aa765d61d8327deb882cf99[34]", "a@b.c {PLAIN-MD5}5f4dcc3b5aa765d61d8327deb882cf99 - - - on []"),
        ("a@b.c:abcdefghijklm[13]", "a@b.c {CRYPT}abcdefghijklm - - - on []"),
        ("a@b.c:*::::::", "a@b.c - - - - on []"), ("a@b.c:!$6$x$y::::::", "a@b.c - - - - on []"),
        ("a@b.c:{CRYPT}*::::::", "a@b.c - - - - on []"),
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
        #expect(notes.contains { $0.hasPrefix("bob: not an address") } && notes.contains { $0.hasPrefix("x: ") })
        #expect(try read("bob:{SHA}x\n", domain: "b.c").accounts == ["bob@b.c {SHA}x - - - on []"])
    }

    /// Only what somebody says makes a hash of text without a scheme.
    @Test func defaultScheme() throws {
        for (text, scheme, expected) in [
            ("abcdefghijklm", nil, "abcdefghijklm"), ("abcdefghijklm", "CRYPT", "{CRYPT}abcdefghijklm"),
            ("$6$x", nil, "$6$x"), ("$6$x", "SHA512-CRYPT", "{SHA512-CRYPT}$6$x"), ("$1$x", "PLAIN", "$1$x"),
            ("{SSHA}x", "PLAIN", "{SSHA}x"),
        ] as [(String, String?, String)] {
            #expect(try read("a@b.c:\(text)\n", scheme: scheme).accounts == ["a@b.c \(expected) - - - on []"])
        }
    }

    /// No part of a password is in a note, wherever a colon or a bar put it.
    @Test func notesHaveNoSecrets() throws {
        let secret = "sw0rdfish"
        for line in [
            "x y|{SSHA}\(secret):extra", "x y {PLAIN}\(secret):x", "a@b.c:{PLAIN}x:y:z:q:\(secret):",
            "a@b.c:{PLAIN}a:b:c:d:e:f:g \(secret)! {\(secret)}", "=\(secret)=:x", "a b:\(secret)",
            "a@b.c:{PLAIN}pa:ss:word:here:is:my:\(secret) \(secret)3=4",
            "a@b.c:{SHA}x::::::allow_nets={SSHA}\(secret)",
        ] {
            let notes = try read(line + "\n").notes
            #expect(!notes.isEmpty && !notes.contains { $0.contains(secret) }, "\(line): \(notes)")
        }
        #expect {
            try read("user@b.c|{SSHA}\(secret)|userdb_mail\n")
        } throws: {
            "\($0)".contains("docker-mailserver") && !"\($0)".contains(secret)
        }
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
