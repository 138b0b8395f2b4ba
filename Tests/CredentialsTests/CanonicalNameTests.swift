import Authentication
import Bytes
import TestSupport
import Testing

import SQLite
@testable import Credentials

/// Accounts whose stored name is older than canonical names.
struct CanonicalNameTests {
    private static let nfd = "e\u{301}lodie@example.org"
    private static let nfc = "élodie@example.org"
    private static let uLabel = "user@exämple.org"
    private static let aLabel = "user@xn--exmple-cua.org"

    /// A database of schema 5, the last without canonical names, with these accounts.
    private func old(_ names: [String], _ fill: (StoredDatabase) throws -> Void = { _ in }) throws -> (World, Store) {
        let world = try World()
        let path = world.directory.file("old.db")
        do {
            let connection = try Database(path: path, access: .create, busyTimeout: 5000)
            try Schema.migrate(connection, to: Array(Schema.migrations.prefix(5)))
        }
        let stored = StoredDatabase(path: path)
        try stored.fillVersion5(accounts: names, keyCheck: world.keys.checkValue)
        try fill(stored)
        return (world, try Store(.file(path: path), keys: world.keys))
    }

    private func found(_ store: Store, _ name: String) throws -> String? {
        try store.account(try World.name(name))?.name.text
    }

    private func equal(_ left: String?, _ right: String?) -> Bool {
        left.map { Array($0.utf8) } == right.map { Array($0.utf8) }
    }

    @Test func storedNamesStayAndAllSpellingsLeadToThem() throws {
        let (world, store) = try old([Self.nfd, Self.uLabel, "plain@example.org"])
        for name in [Self.nfc, Self.nfd] { #expect(equal(try found(store, name), Self.nfd), "\(name)") }
        for name in [Self.uLabel, Self.aLabel, "USER@EXÄMPLE.org"] {
            #expect(equal(try found(store, name), Self.uLabel), "\(name)")
        }
        #expect(try found(store, "Plain@example.org") == "plain@example.org")
        #expect(try found(store, "nobody@example.org") == nil && found(store, "élise@example.org") == nil)
        for name in [Self.nfc, Self.aLabel] {
            let isAdded = try store.addAccount(
                try World.name(name), mainPassword: nil, mailbox: MailboxOverrides(), change: world.change())
            #expect(!isAdded, "\(name)")
        }
        #expect(try store.ambiguousNames().isEmpty)
        // Rows that belong to the account still use its stored name.
        let account = try #require(try store.account(try World.name(Self.aLabel)))
        #expect(try store.setMustChange(true, account: account.name, change: world.change()))
        #expect(try store.account(try World.name(Self.uLabel))?.mustChange == true)
    }

    /// Sign-ins are recorded under the stored name, and found under any spelling.
    @Test func whatSignedInOverSMTP() throws {
        let (world, store) = try old([Self.uLabel])
        let account = try #require(try store.account(try World.name(Self.aLabel))).name
        let signIn = SignIn(account: account, credential: "1234567", service: .smtp, address: nil, generation: 1)
        try store.mark(signIn, at: world.clock.now, world.configuration.retention)
        for name in [Self.uLabel, Self.aLabel] {
            let question = SenderQuestion(
                name: try World.name(name), address: nil, oldest: Timestamp(0), recent: [], senders: [name])
            let answer = try #require(try store.answer(question))
            #expect(answer.grants.map(\.grant.credential) == ["1234567"] && answer.owner == .own, "\(name)")
        }
    }

    @Test func sharedFormsAnswerToTheirSpelling() throws {
        let (world, store) = try old([Self.nfd, Self.nfc, Self.uLabel, Self.aLabel])
        for name in [Self.nfd, Self.nfc, Self.uLabel, Self.aLabel] {
            #expect(equal(try found(store, name), name), "\(name)")
        }
        // A third spelling belongs to no account.
        #expect(try found(store, "user@exa\u{308}mple.org") == nil)
        #expect(try store.ambiguousNames().map(\.count) == [2, 2])
        let isAdded = try store.addAccount(
            try World.name("user@Exa\u{308}mple.org"), mainPassword: nil, mailbox: MailboxOverrides(),
            change: world.change())
        #expect(!isAdded)
    }

    /// A policy set for one spelling of a domain applies to all its accounts; of two policies, the stricter parts
    /// apply.
    @Test func policiesOfBothSpellings() throws {
        let (_, store) = try old([Self.uLabel, "other@xn--exmple-cua.org", "user@bücher.example"]) { stored in
            try stored.addVersion5Policy(
                domain: "exämple.org", generation: 4, appPasswordsRequired: true, maxAge: 100, services: 3)
            try stored.addVersion5Policy(
                domain: "xn--exmple-cua.org", generation: 2, secondFactorRequired: true, maxAge: 50, services: 6)
            try stored.addVersion5Policy(domain: "bücher.example", generation: 1, appPasswordsRequired: true)
        }
        for name in [Self.uLabel, "other@xn--exmple-cua.org"] {
            let account = try #require(try store.account(try World.name(name)))
            #expect(account.appPasswordsRequired && account.secondFactorRequired)
            #expect(account.services == Scope(rawValue: 2))
            #expect(try store.policyInForce(account: account.name).maxAge == 50)
        }
        #expect(try store.account(try World.name("user@bücher.example"))?.appPasswordsRequired == true)
        #expect(try store.accounts(domain: "xn--exmple-cua.org").count == 2)
    }

    /// A name whose canonical form is too long has no other spelling, but still has its domain's policy.
    @Test func nameWithoutAForm() throws {
        let long = String(repeating: "ä", count: 31) + "@exämple.org"
        let (_, store) = try old([long]) { stored in
            try stored.addVersion5Policy(domain: "exämple.org", generation: 4, appPasswordsRequired: true)
        }
        #expect(try store.account(try World.name(long))?.appPasswordsRequired == true)
    }

    /// Aliases that are no addresses are removed, with an entry in the change record: they let nobody send. Addresses
    /// that other mail servers would accept stay.
    @Test func aliasesThatWereNone() throws {
        let (_, store) = try old(["plain@example.org"]) { stored in
            for alias in ["*@example.org", "a..b@example.org", "bare", "o'brien@example.org"] {
                try stored.addAlias(alias, of: "plain@example.org")
            }
        }
        let account = try World.name("plain@example.org")
        #expect(try store.aliases(account: account) == ["a..b@example.org", "o'brien@example.org"])
        let details = try store.changes().map { "\($0.action) \($0.detail)" }
        #expect(details == ["alias remove *@example.org: no address", "alias remove bare: no address"])
    }

    /// A secret that was wrong while its spelling had no account is checked again for the account.
    @Test func spellingThatWasNobodys() throws {
        let (_, store) = try old([Self.uLabel])
        let account = try #require(try store.account(try World.name(Self.uLabel)))
        #expect(account.secretsGeneration > 0)
    }

    /// Guesses, aliases and codes in a database of schema 5.
    @Test func whatElseIsMigrated() throws {
        let network: [UInt8] = [192, 0, 2, 7]
        let (world, store) = try old([Self.uLabel, "plain@example.org"]) { stored in
            try stored.addAlias("büro@exämple.org", of: Self.uLabel)
            try stored.addAlias("sales@example.org", of: "plain@example.org")
            try stored.addVersion5TOTP(account: "plain@example.org", lastStep: 100)
            try stored.addVersion5Guess(
                account: "plain@example.org", network: network, mac: [1], generation: 1, first: 1_799_999_000,
                count: 3)
            try stored.addVersion5Guess(
                account: "nobody@example.org", network: network, mac: [2], generation: 0, first: 1_799_999_000,
                count: 1)
            try stored.addVersion5SignIn(account: "plain@example.org", network: network)
        }
        let office = try #require(SenderAddress("büro@xn--exmple-cua.org"))
        #expect(try store.owners(ofAlias: office).map { Array($0.utf8) } == [Array(Self.uLabel.utf8)])
        let stored = StoredDatabase(path: try #require(store.location.path))
        #expect(
            try stored.guesses() == [
                "nobody@example.org|0|1|1799999000|1799999000|1", "plain@example.org|2|1|1799999000|1799999000|3",
            ])
        let ranks: [GuessRank] = [.noAccount, .newNetwork, .knownNetwork]
        #expect(try ranks.map { try stored.talliedGuesses($0) } == [1, 0, 1])
        #expect(try stored.usedSteps() == [98, 99, 100])
        // A remembered secret is checked once more, and is still a repeat.
        let known = try #require(
            try store.knownGuess(
                account: "plain@example.org", network: Network(of: IPAddress("192.0.2.7")), mac: [1],
                window: GuessWindow(length: 3600, memory: 86_400, now: world.clock.now)))
        #expect(
            known.look.isOutdated(
                for: try store.account(try World.name("plain@example.org")), memoryLimit: 8192, isASCII: true))
    }
}
