import Authentication
import Credentials
import TestSupport
import Testing

/// Which sender addresses an account may use.
struct SenderTests {
    private func isAllowed(_ world: World, _ user: String, _ sender: String) throws -> Bool {
        let submission = Submission(
            userName: Array(user.utf8), address: IPAddress("192.0.2.7"), envelopeSender: Array(sender.utf8),
            isEncrypted: true, port: "587")
        return try refusal(of: submission, world) == nil
    }

    private func refusal(of submission: Submission, _ world: World) throws -> SubmissionRefusal? {
        let judge = world.authenticator.judge
        switch judge.begin(submission, recent: []) {
        case .refuse(let refusal): return refusal
        case .ask(let question): return judge.refusal(of: submission, try world.store.answer(question))
        }
    }

    private func add(_ world: World, _ alias: String, to account: AccountName) throws {
        let address = try #require(SenderAddress(alias))
        #expect(try world.store.addAlias(address, account: account, change: world.change()) == .done)
    }

    /// In the order of Postfix: the address, then without its extension, then the domain. The first with an owner
    /// decides.
    @Test func order() throws {
        let world = try World("recipient_delimiter = +-")
        let (alice, bob) = (try world.addAccount(), try world.addAccount("bob@example.org"))
        try world.addAccount("carol@example.com")
        try add(world, "info@example.org", to: alice)
        try add(world, "info@example.org", to: bob)
        try add(world, "@example.com", to: alice)
        try add(world, "bob+list@example.org", to: alice)
        let cases: [(String, String, Bool)] = [
            ("alice@example.org", "alice@example.org", true), ("alice@example.org", "ALICE@EXAMPLE.ORG", true),
            ("alice@example.org", "", true), ("alice@example.org", "alice+shop@example.org", true),
            ("alice@example.org", "alice-shop@example.org", true), ("alice@example.org", "bob@example.org", false),
            ("alice@example.org", "info@example.org", true), ("bob@example.org", "info@example.org", true),
            ("bob@example.org", "info+x@example.org", true), ("alice@example.org", "anything@example.com", true),
            ("bob@example.org", "anything@example.com", false),
            // Another account's address, with and without an extension.
            ("alice@example.org", "carol@example.com", false), ("alice@example.org", "carol+x@example.com", false),
            ("carol@example.com", "carol+x@example.com", true),
            // The exact address belongs to alice, the address without its extension to bob.
            ("bob@example.org", "bob+list@example.org", false), ("alice@example.org", "bob+list@example.org", true),
            ("bob@example.org", "bob+other@example.org", true),
            // Addresses that Postfix never splits, and no addresses.
            ("alice@example.org", "alice-request@example.org", false),
            ("alice@example.org", "owner-alice@example.org", false), ("alice@example.org", "+x@example.org", false),
            ("alice@example.org", "no address", false), ("alice@example.org", "@example.com", false),
        ]
        for (user, sender, expected) in cases {
            #expect(try isAllowed(world, user, sender) == expected, "\(user) as \(sender)")
        }
    }

    @Test func withoutADelimiter() throws {
        let world = try World()
        let alice = try world.addAccount()
        #expect(try !isAllowed(world, alice.text, "alice+shop@example.org"))
        _ = try world.store.setSendsAsAny(true, account: alice, change: world.change())
        #expect(try isAllowed(world, alice.text, "customer@example.net"))
        _ = try world.store.setSendsAsAny(false, account: alice, change: world.change())
        #expect(try !isAllowed(world, alice.text, "customer@example.net"))
    }

    /// All spellings of an account, of an alias, and of a domain.
    @Test func spellings() throws {
        let world = try World()
        let user = try world.addAccount("user@exämple.org")
        try add(world, "büro@exämple.org", to: user)
        try add(world, "@bücher.example", to: user)
        for sender in [
            "user@exämple.org", "user@xn--exmple-cua.org", "bu\u{308}ro@exämple.org", "büro@XN--EXMPLE-CUA.org",
            "x@bücher.example", "x@xn--bcher-kva.example",
        ] { #expect(try isAllowed(world, "user@exämple.org", sender), "\(sender)") }
    }

    /// Unencrypted submissions are allowed only in contexts where TLS ends elsewhere.
    @Test func tlsElsewhere() throws {
        let world = try World("tls_elsewhere_contexts = proxied, dovecot-submission")
        try world.addAccount()
        func refusal(_ context: String) throws -> SubmissionRefusal? {
            let submission = Submission(
                userName: Array("alice@example.org".utf8), address: IPAddress("192.0.2.7"), envelopeSender: [],
                isEncrypted: false, port: "587", context: context)
            return try self.refusal(of: submission, world)
        }
        #expect(try refusal("proxied") == nil && refusal("dovecot-submission") == nil)
        for context in ["", "other", "prox", "proxied,"] {
            #expect(try refusal(context) == .notEncrypted, "\(context)")
        }
    }
}
