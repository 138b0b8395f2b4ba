import Bytes
import Authentication
import Credentials
import TestSupport
import Testing

/// The cost of an attempt in slow hashes, counted and not timed.
struct HashCountTests {
    /// An account with 34 generated, 33 compact and 33 imported app passwords; the imported ones have their tags
    /// already.
    private func crowded(_ world: World) throws -> AccountName {
        let account = try world.addAccount()
        for number in 0..<100 {
            let new = NewAppPassword(name: "Device \(number)")
            let verifier: Store.Verifier
            var imported: (hash: String, secret: String)?
            switch number % 3 {
            case 0:
                verifier = .mac(
                    world.keys.appPassword.mac(account: account.text, secret: try AppPasswordText.makeGenerated()))
            case 1:
                let secret = try AppPasswordText.makeCompact()
                verifier = .compact(
                    hash: try PasswordHash.make(secret, memory: 8192, passes: 1),
                    tag: world.keys.tag(of: secret, account: account))
            default:
                let secret = "imported \(number)"
                let hash = try PasswordHash.make(Secret(Array(secret.utf8)), memory: 8192, passes: 1)
                imported = (hash, secret)
                verifier = .imported(hash: hash)
            }
            let id = try world.store.addAppPassword(new, verifier: verifier, account: account) { _ in world.change() }
            if let imported {
                let appPassword = try #require(try world.store.appPasswords(account: account).first { $0.id == id })
                let tag = world.keys.tag(of: Secret(Array(imported.secret.utf8)), account: account)
                try world.store.replace(.appPassword(appPassword, old: imported.hash, new: imported.hash, tag: tag))
            }
        }
        return account
    }

    /// The first secret whose tag `count` app passwords have: a tag has 16 bits, and each world has a new key.
    private func secret(_ secrets: [String], of count: Int, _ account: AccountName, _ world: World) throws -> String {
        func tag(_ text: String) -> Int64 { world.keys.tag(of: Secret(Array(text.utf8)), account: account) }
        return try #require(
            try secrets.first { text in
                try world.store.slowAppPasswords(
                    account: account, compactTag: tag(text.replacing("-", with: "")), rawTag: tag(text)
                ).count == count
            })
    }

    @Test func wrongSecretOnHundredAppPasswords() throws {
        let world = try World()
        let alice = try crowded(world)
        let before = world.authenticator.judge.hasher.performed
        let wrong = try secret((0..<9).map { "not the password \($0)" }, of: 0, alice, world)
        _ = world.authenticator.decide(world.attempt("alice@example.org", wrong))
        #expect(world.authenticator.judge.hasher.performed - before == 1)
        // A wrong secret in the form of an app password.
        let shaped = try secret("stvwxyz".map { "abcd-efgh-jkmn-pqr\($0)" }, of: 0, alice, world)
        _ = world.authenticator.decide(world.attempt("alice@example.org", shaped))
        #expect(world.authenticator.judge.hasher.performed - before == 2)
    }

    @Test func rightImportedOneOfHundred() throws {
        let world = try World()
        let alice = try crowded(world)
        let right = try secret(stride(from: 2, to: 100, by: 3).map { "imported \($0)" }, of: 1, alice, world)
        let before = world.authenticator.judge.hasher.performed
        let decision = world.authenticator.decide(world.attempt("alice@example.org", right))
        guard case .granted = decision.outcome else { throw TestFailure("not granted") }
        #expect(world.authenticator.judge.hasher.performed - before == 1)
    }

    @Test func unknownUserCostsOneHash() throws {
        let world = try World()
        _ = world.authenticator.decide(world.attempt("nobody@example.org", "x"))
        #expect(world.authenticator.judge.hasher.performed == 1)
    }

    @Test func accountWithoutMainPasswordCostsOneHash() throws {
        let world = try World()
        let name = try World.name("only-app@example.org")
        _ = try world.store.addAccount(name, mainPassword: nil, mailbox: MailboxOverrides(), change: world.change())
        _ = world.authenticator.decide(world.attempt(name.text, "x"))
        #expect(world.authenticator.judge.hasher.performed == 1)
    }

    @Test func generatedAppPasswordCostsNone() throws {
        let world = try World()
        let account = try world.addAccount()
        let secret = try world.addAppPassword(account).secret
        _ = world.authenticator.decide(world.attempt("alice@example.org", secret))
        #expect(world.authenticator.judge.hasher.performed == 0)
    }

    @Test func malformedNameAndUnknownServiceCostNone() throws {
        let world = try World()
        try world.addAccount()
        _ = world.authenticator.decide(world.attempt("a b@example.org", "x"))
        _ = world.authenticator.decide(world.attempt("alice@example.org", "x", service: "gopher"))
        #expect(world.authenticator.judge.hasher.performed == 0)
    }

    @Test func sameWrongSecretAgainCostsNone() throws {
        let world = try World()
        try world.addAccount()
        for _ in 0..<3 { _ = world.authenticator.decide(world.attempt("alice@example.org", "x")) }
        #expect(world.authenticator.judge.hasher.performed == 1)
        let messages = world.collector.lines.compactMap(LogLine.message)
        #expect(messages[0].hasPrefix("Password mismatch (SHA1 of given password: "))
        #expect(messages[1] == "Same wrong password again (2 times since 2027-01-15T08:00:00Z)")
        #expect(messages[2] == "Same wrong password again (3 times since 2027-01-15T08:00:00Z)")
    }
}
