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

    /// A database of the version before, with these accounts.
    private func old(_ names: [String], _ more: String = "") throws -> (World, Store) {
        let world = try World()
        let path = world.directory.file("old.db")
        do {
            let connection = try Database(path: path, access: .create, busyTimeout: 5000)
            try Schema.migrate(connection, to: Array(Schema.migrations.prefix(5)))
            try connection.run(
                "INSERT INTO setting (name, value) VALUES ('key_check', ?)", [.blob(world.keys.checkValue)])
            for name in names {
                try connection.run(
                    "INSERT INTO account (name, domain, generation, created) VALUES (?, ?, 1, 1)",
                    [.text(name), .text(AccountName(stored: name).domain)])
            }
            if !more.isEmpty { try connection.execute(more) }
        }
        return (world, try Store(path: path, keys: world.keys))
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
        // What belongs to the account still hangs on its stored name.
        let account = try #require(try store.account(try World.name(Self.aLabel)))
        #expect(try store.setMustChange(true, account: account.name, change: world.change()))
        #expect(try store.account(try World.name(Self.uLabel))?.mustChange == true)
    }

    /// What signed in is on record under the stored name, whatever spelling is asked for.
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
        // A third spelling is nobody's.
        #expect(try found(store, "user@exa\u{308}mple.org") == nil)
        #expect(try store.ambiguousNames().map(\.count) == [2, 2])
        let isAdded = try store.addAccount(
            try World.name("user@Exa\u{308}mple.org"), mainPassword: nil, mailbox: MailboxOverrides(),
            change: world.change())
        #expect(!isAdded)
    }

    /// A policy that was set for one spelling of a domain holds for all its accounts; of two, the stricter parts.
    @Test func policiesOfBothSpellings() throws {
        let (_, store) = try old(
            [Self.uLabel, "other@xn--exmple-cua.org", "user@bücher.example"],
            """
            INSERT INTO domain (name, generation, app_passwords_required, second_factor_required, max_age, services)
                VALUES ('exämple.org', 4, 1, 0, 100, 3), ('xn--exmple-cua.org', 2, 0, 1, 50, 6),
                    ('bücher.example', 1, 1, 0, NULL, NULL);
            """)
        for name in [Self.uLabel, "other@xn--exmple-cua.org"] {
            let account = try #require(try store.account(try World.name(name)))
            #expect(account.appPasswordsRequired && account.secondFactorRequired)
            #expect(account.services == Scope(rawValue: 2))
            #expect(try store.policyInForce(account: account.name).maxAge == 50)
        }
        #expect(try store.account(try World.name("user@bücher.example"))?.appPasswordsRequired == true)
        #expect(try store.accounts(domain: "xn--exmple-cua.org").count == 2)
    }

    /// A name whose canonical form is too long has no other spelling, and its domain's policy all the same.
    @Test func nameWithoutAForm() throws {
        let long = String(repeating: "ä", count: 31) + "@exämple.org"
        let (_, store) = try old(
            [long],
            """
            INSERT INTO domain (name, generation, app_passwords_required, second_factor_required)
                VALUES ('exämple.org', 4, 1, 0);
            """)
        #expect(try store.account(try World.name(long))?.appPasswordsRequired == true)
    }

    /// A pattern let nobody send: it goes, with an entry in the record. What other mail servers would take stays.
    @Test func aliasesThatWereNone() throws {
        let (_, store) = try old(
            ["plain@example.org"],
            """
            INSERT INTO alias VALUES ('*@example.org', 'plain@example.org'), ('a..b@example.org', 'plain@example.org'),
                ('bare', 'plain@example.org'), ('o''brien@example.org', 'plain@example.org');
            """)
        let account = try World.name("plain@example.org")
        #expect(try store.aliases(account: account) == ["a..b@example.org", "o'brien@example.org"])
        let details = try store.changes().map { "\($0.action) \($0.detail)" }
        #expect(details == ["alias remove *@example.org: no address", "alias remove bare: no address"])
    }

    /// A wrong secret of a time when the spelling was nobody's is looked at again for the account.
    @Test func spellingThatWasNobodys() throws {
        let (_, store) = try old([Self.uLabel])
        let account = try #require(try store.account(try World.name(Self.uLabel)))
        #expect(account.secretsGeneration > 0)
    }

    /// Guesses, aliases and codes that a database of the version before has.
    @Test func whatElseIsMigrated() throws {
        let (world, store) = try old(
            [Self.uLabel, "plain@example.org"],
            """
            INSERT INTO alias VALUES ('büro@exämple.org', '\(Self.uLabel)'), ('sales@example.org', 'plain@example.org');
            INSERT INTO totp VALUES ('plain@example.org', x'00', 100);
            INSERT INTO guess VALUES ('plain@example.org', x'c0000207', x'01', 'wrong', 1, 1799999000, 3),
                ('nobody@example.org', x'c0000207', x'02', 'wrong', 0, 1799999000, 1);
            INSERT INTO sign_in (account, network, credential, service, first, last)
                VALUES ('plain@example.org', x'c0000207', 'main', 'imap', 1, 1);
            """)
        let office = try #require(SenderAddress("büro@xn--exmple-cua.org"))
        #expect(try store.owners(ofAlias: office).map { Array($0.utf8) } == [Array(Self.uLabel.utf8)])
        let rows = try run([
            "sqlite3", store.path,
            "SELECT account, rank, counted, looked, last, count FROM guess ORDER BY account; SELECT group_concat(rows) FROM guess_count;"
                + "SELECT group_concat(step) FROM used_step",
        ]).output
        #expect(
            rows == """
                nobody@example.org|0|1|1799999000|1799999000|1
                plain@example.org|2|1|1799999000|1799999000|3
                1,0,1
                98,99,100

                """)
        // What was remembered is looked at once more, and stays a repeat.
        let known = try #require(
            try store.knownGuess(
                account: "plain@example.org", network: Network(of: IPAddress("192.0.2.7")), mac: [1],
                window: GuessWindow(length: 3600, memory: 86_400, now: world.clock.now)))
        #expect(
            known.look.isOutdated(
                for: try store.account(try World.name("plain@example.org")), memoryLimit: 8192, isASCII: true))
    }
}
