import Administration
import Bytes
import Credentials
import TestSupport
import Testing

/// What a main password may be.
struct MainPasswordRulesTests {
    private static let name = "alice.liddell@wonderland.example.org"

    /// Bytes at the upper limit, characters at the lower one.
    static let lengths: [(String, MainPasswordFault?)] = [
        ("", .empty),
        (String(repeating: "long ", count: 51), nil), (String(repeating: "long ", count: 51) + "!", .tooLong),
        (String(repeating: "äöüß", count: 31), nil), (String(repeating: "äöüß", count: 32), .tooLong),
        ("seven77", .tooShort), ("pass word", nil), ("äöüäöüä", .tooShort), ("äöüäöü.!", nil),
        ("a\u{308}o\u{308}u\u{308}", .tooShort),
    ]

    /// Bytes that Dovecot refuses.
    static let bytes: [(String, MainPasswordFault?)] = [
        ("tab\there is one", .unusableByte), ("line\nfeed here", .unusableByte), ("carriage\rreturn", .unusableByte),
        ("nul\0byte here", .unusableByte), ("byte\u{1}one here", .unusableByte), ("\t", .unusableByte),
        ("bell\u{7} and escape\u{1b}", nil),
    ]

    /// Passwords that are tried first, and patterns.
    static let common: [(String, MainPasswordFault?)] = [
        ("password", .common), ("Password123", .common), ("PASSWORT123", .common), ("qwertzuiop", .common),
        ("Sommer2026", .common), ("CorrectHorseBatteryStaple", .common), ("p@ssw0rd1", .common),
        ("contraseña", .common), ("correct horse battery staple", nil),
        ("aaaaaaaaaaaa", .common), ("ababababab", .common), ("abcabcabcabc", .common), ("abcdabcdabcd", .common),
        ("abcdeabcde", nil), ("12345678901", .common), ("43210987654", .common), ("hgfedcba", .common),
        ("abcdefghijk", .common), ("12345679x", nil),
    ]

    /// Parts of the account's own name.
    static let own: [(String, MainPasswordFault?)] = [
        ("alice.liddell", .ownName), ("Alice.Liddell@Wonderland.Example.Org", .ownName),
        ("alice.liddell2026", .ownName), ("wonderland12", .ownName), ("xwonderlandx", .ownName),
        ("wonderland is where I was", nil), ("organist7", nil), ("wonder-network42", nil),
    ]

    /// What looks like an app password.
    static let shapes: [(String, MainPasswordFault?)] = [
        ("abcd-efgh-jkmn-pqrs", .looksLikeAppPassword), ("ABCD EFGH JKMN PQRS", .looksLikeAppPassword),
        ("abcdefgh1jkmnpqr", .looksLikeAppPassword), ("abcd1234-5678-9abc", .looksLikeAppPassword),
        ("abcde-fghjk-mnpqr-stvwx-yz012", .looksLikeAppPassword),
        ("abcdefghjkmnpqrs", nil), ("canary-main-secret", nil), ("no rules about kinds", nil),
        ("12 monkeys & a Parrot", nil),
    ]

    static let all = [lengths, bytes, common, own, shapes].flatMap { $0 }

    @Test(arguments: all)
    func judges(_ password: String, _ fault: MainPasswordFault?) throws {
        let world = try AdminWorld()
        let name = try World.name(Self.name)
        guard let fault else {
            let new = try world.admin.mainPassword(secret(password), name, present: nil)
            #expect(!new.isSame)
            _ = try world.admin.add(name, new.hash, MailboxOverrides())
            #expect(world.signIn(password, as: Self.name) == "granted")
            return
        }
        try world.expectRefused(.mainPassword(fault)) {
            _ = try world.admin.mainPassword(secret(password), name, present: nil)
        }
        #expect(try world.newEntries().isEmpty)
    }

    /// Words of a name that is short count all the same; those of two letters do not.
    @Test(arguments: [("al@ab.cd!!", true), ("ab.cd al!", true), ("abcdabcd.al", false)])
    func judgesShortNames(_ password: String, _ isRefused: Bool) throws {
        let world = try AdminWorld()
        let name = try World.name("al@ab.cd")
        let refusal = try findRefusal { _ = try world.admin.mainPassword(secret(password), name, present: nil) }
        let wanted = isRefused ? "\(Refusal.mainPassword(.ownName))" : nil
        #expect(refusal.map { "\($0)" } == wanted)
    }

    /// NIST asks for fifteen characters where nothing else is asked for.
    @Test func advisesAgainstShortOnesAlone() throws {
        let world = try AdminWorld()
        func isShort(_ password: String, _ present: AccountState?) throws -> Bool {
            try world.admin.mainPassword(secret(password), world.alice, present: present).isShort
        }
        let (short, long) = ("fourteen chars", "fifteen chars..")
        #expect(try isShort(short, nil) && isShort(short, world.state()))
        #expect(try !isShort(long, nil) && !isShort(long, world.state()))
        // Characters, not bytes.
        #expect(try isShort("fourt\u{e9}en ch\u{e4}rs", nil))
        let required = PolicyChange(Policy(secondFactorRequired: true))
        try world.admin.setPolicy(required, "second-factor required", domain: "example.org")
        #expect(try !isShort(short, nil) && !isShort(short, world.state()))
        // An account's own policy overrides its domain's.
        let optional = PolicyChange(Policy(secondFactorRequired: false))
        try world.admin.setPolicy(optional, "second-factor optional", world.alice)
        #expect(try isShort(short, world.state()))
        _ = try world.admin.setExternalSecondFactor(true, world.state())
        #expect(try !isShort(short, world.state()))
    }
}
