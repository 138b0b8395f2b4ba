import TestSupport
import Testing

/// What a main password may be.
struct MainPasswordTests {
    @Test func rules() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount("alice.liddell@wonderland.example.org", password: "a fine main password")
        let short = "fewer than 8 characters"
        let common = "one of the passwords that are tried first"
        let own = "little more than the account's own name"
        let shaped = "looks like an app password"
        let cases: [(password: String, refusal: String?)] = [
            ("seven77", short), ("äöüäöüä", short), ("äöüäöü.!", nil), ("pass word", nil),
            ("Password123", common), ("PASSWORT123", common), ("qwertzuiop", common), ("Sommer2026", common),
            ("aaaaaaaaaaaa", common), ("abcabcabcabc", common), ("12345678901", common), ("23456789", common),
            ("hgfedcba", common), ("CorrectHorseBatteryStaple", common),
            ("alice.liddell", own), ("Alice.Liddell@Wonderland.Example.Org", own), ("alice.liddell2026", own),
            ("wonderland12", own), ("xwonderlandx", own), ("wonderland is where I was", nil),
            ("abcd-efgh-jkmn-pqrs", shaped), ("abcdefgh1jkmnpqr", shaped), ("abcde-fghjk-mnpqr-stvwx-yz012", shaped),
            // Words of the name in other words.
            ("organist7", nil), ("wonder-network42", nil),
            // Words that happen to have as many letters.
            ("canary-main-secret", nil), ("no rules about kinds", nil), ("12 monkeys & a Parrot", nil),
            (String(repeating: "long ", count: 51), nil),
        ]
        for (password, refusal) in cases {
            let set = try installation.postern(
                ["account", "password", "alice.liddell@wonderland.example.org", "--password-stdin"], input: password)
            if let refusal {
                #expect(set.status == 65 && set.error.contains(refusal), "\(password): \(set)")
            } else {
                #expect(set.status == 0, "\(password): \(set)")
            }
        }
    }

    /// Alone, it should have fifteen characters.
    @Test func shortAlone() throws {
        let installation = try ProgramInstallation()
        func set(_ password: String) throws -> String {
            try installation.postern(
                ["account", "password", "alice@example.org", "--password-stdin"], input: password
            ).error
        }
        try installation.addAccount()
        #expect(try set("fourteen chars").contains("15 characters or more"))
        #expect(try set("fifteen chars..").contains("15 characters") == false)
        _ = try installation.postern(["second-factor", "external", "on", "alice@example.org"])
        #expect(try set("fourteen chars").contains("15 characters") == false)
    }
}
