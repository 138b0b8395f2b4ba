import Credentials
import TestSupport
import Testing

struct AccountNameTests {
    @Test(arguments: [
        ("Alice@Example.ORG", "alice@example.org"), ("a@b", "a@b"), ("jörg@example.org", "jörg@example.org"),
        ("a+b=c_d%e@x", "a+b=c_d%e@x"), ("bare", "bare"),
    ])
    func normalised(_ given: String, _ expected: String) { #expect(AccountName(given)?.text == expected) }

    @Test(arguments: [
        "", "a b@x", "a\tb@x", "a\0b@x", "a\r\n@x", "a,b@x", "a(b@x", "a)b@x", "a<b@x", "a>b@x", "a@", "@x", "\u{7f}@x",
        "a\u{85}b@x", "a\u{2028}b@x", "\u{202e}a@x", "\u{200b}a@x", "a\u{a0}b@x", " ", "\u{3000}",
        String(repeating: "a", count: 65) + "@x", String(repeating: "a", count: 255),
    ])
    func malformed(_ given: String) { #expect(AccountName(given) == nil) }

    /// Spellings of one name by people, keyboards and programs.
    @Test(arguments: [
        ("user@exämple.org", "user@xn--exmple-cua.org"), ("user@EXÄMPLE.org", "user@xn--exmple-cua.org"),
        ("user@exa\u{308}mple.org", "user@xn--exmple-cua.org"), ("user@xn--exmple-cua.org", "user@xn--exmple-cua.org"),
        ("user@exämple。org", "user@xn--exmple-cua.org"), ("user@faß.de", "user@xn--fa-hia.de"),
        ("e\u{301}lodie@example.org", "élodie@example.org"), ("élodie@EXAMPLE.org", "élodie@example.org"),
        ("\u{212a}ate@example.org", "kate@example.org"), (" \talice@example.org\r\n", "alice@example.org"),
        ("\u{3000}élodie@example.org\u{a0}", "élodie@example.org"), ("o'brien@example.org", "o'brien@example.org"),
    ])
    func canonical(_ given: String, _ expected: String) throws {
        let name = try #require(AccountName(given))
        #expect(name.text.utf8.elementsEqual(expected.utf8), "\(name)")
        #expect(name.canBeAccount)
        let again = try #require(AccountName(name.text))
        #expect(again == name && again.spelling == nil)
    }

    /// No account can have an invalid domain, so no part of it can become a path or a second address.
    @Test(arguments: ["a@exämple/x.org", "a@ä_b.org", "a@\u{2100}.org", "a@ä\u{ff20}b.org", "a@xn--ä.org", "a@ä(b.org"])
    func badDomains(_ given: String) { #expect(AccountName(given)?.canBeAccount != true) }

    @Test func senderAddresses() {
        func text(_ given: String) -> String? { SenderAddress(given)?.text }
        #expect(text("Sales@Example.org") == "sales@example.org")
        #expect(text("@Exämple.org") == "@xn--exmple-cua.org")
        for bad in ["*@example.org", "@", "@a@b", "@*", "*", "bare", "@.x", "@a b", "a*b@example.org", ""] {
            #expect(text(bad) == nil, "\(bad)")
        }
    }

    @Test func mailFields() {
        #expect(MailField("mail=maildir:~/m=x")?.value == "maildir:~/m=x")
        #expect(MailField("quota_rule=") != nil)
        for bad in [
            "mail", "=x", "uid=1", "gid=1", "home=/x", "user=x", "Mail=x", "a-b=x", "a=b\tc", "a=b\nc", "a=b\rc",
            "a=\0",
        ] { #expect(MailField(bad) == nil, "\(bad)") }
    }

    @Test func invalidUTF8() {
        for bytes: [UInt8] in [[0xff, 0xfe], [0xc0, 0xaf], [0x61, 0x80], [0xed, 0xa0, 0x80]] {
            #expect(AccountName(bytes) == nil)
        }
    }

    @Test func longestParts() {
        #expect(AccountName(String(repeating: "a", count: 64) + "@x") != nil)
        #expect(AccountName("a@" + String(repeating: "b", count: 252)) != nil)
        #expect(AccountName("a@" + String(repeating: "b", count: 253)) == nil)
    }

    @Test func defaultDomain() {
        #expect(AccountName("alice", defaultDomain: "example.org")?.text == "alice@example.org")
        #expect(AccountName("Alice", defaultDomain: "Example.ORG")?.text == "alice@example.org")
        #expect(AccountName("alice@x", defaultDomain: "example.org")?.text == "alice@x")
        #expect(AccountName("a@" + String(repeating: "b", count: 250), defaultDomain: "x")?.domain.count == 250)
    }

    /// Each ASCII byte inside a name and around it. The default domain is read by the same rules.
    @Test func everyByte() {
        for byte in UInt8(0)...0x7f {
            let isSpace = byte == 0x20 || (0x09...0x0d).contains(byte)
            let isInName = (0x21...0x7e).contains(byte) && !"()<>,".utf8.contains(byte)
            let lowered = (0x41...0x5a).contains(byte) ? byte + 0x20 : byte
            let inside = AccountName(Array("a".utf8) + [byte] + Array("b@example.org".utf8))
            #expect(
                inside?.text.utf8.elementsEqual([0x61, lowered] + "b@example.org".utf8) ?? false == isInName, "\(byte)")
            for outside in [[byte] + Array("a@b".utf8), Array("a@b".utf8) + [byte]] {
                let name = AccountName(outside)
                if isSpace { #expect(name?.text == "a@b", "\(byte)") }
                if !isSpace, !isInName { #expect(name == nil, "\(byte)") }
            }
        }
        #expect(AccountName(Array("a".utf8), defaultDomain: "Example.ORG")?.text == "a@example.org")
        #expect(AccountName(Array("a".utf8), defaultDomain: "exa,mple") == nil)
    }

    /// A name becomes part of a path and must not lead out of it.
    @Test(arguments: ["../../etc/passwd", "../x@example.org", "a/b@example.org", "a@../x", "a@.x", ".a@x", "bare"])
    func noAccount(_ given: String) { #expect(AccountName(given)?.canBeAccount != true) }
}

struct AddressTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("2001:DB8::7", "2001:db8::7"), ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "::1"), ("::", "::"), ("0:0:0:0:0:0:0:1", "::1"),
    ])
    func canonical(_ given: String, _ expected: String) { #expect(IPAddress(given)?.description == expected) }

    @Test(arguments: [
        "", "unknown", "[203.0.113.9]", "203.0.113.9%eth0", "fe80::1%eth0", "0x7f000001", "0", "-", "203.0.113",
        "203.0.113.9 ", "203.0.113.9\0", "203.0.113.09", "1.2.3.4.5", "::ffff:1.2.3",
        String(repeating: "1", count: 100),
    ])
    func none(_ given: String) { #expect(IPAddress(given) == nil) }

    @Test func networks() {
        func network(_ text: String) -> Network { Network(of: IPAddress(text)) }
        #expect(network("2001:db8:1:2:3::4") == network("2001:db8:1:2::9"))
        #expect(network("2001:db8:1:2::4") != network("2001:db8:1:3::4"))
        #expect(network("192.0.2.7") != network("192.0.2.8"))
        #expect(network("192.0.2.7") == network("::ffff:192.0.2.7"))
        #expect(network("2001:db8:1:2:3::4").description == "2001:db8:1:2::/64")
        #expect(Network(of: nil).description == "unknown")
    }

    @Test(arguments: [
        ("198.51.100.0/24", "198.51.100.255", true), ("198.51.100.0/24", "198.51.101.0", false),
        ("198.51.100.9", "198.51.100.9", true), ("198.51.100.9", "198.51.100.8", false),
        ("0.0.0.0/0", "203.0.113.1", true), ("0.0.0.0/0", "::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("198.51.100.0/25", "::ffff:198.51.100.127", true),
    ])
    func blocks(_ block: String, _ address: String, _ isInside: Bool) throws {
        let parsed = try #require(CIDR(block))
        #expect(parsed.contains(try #require(IPAddress(address))) == isInside)
        #expect(parsed.description == block)
    }

    @Test(arguments: [
        "", "198.51.100.0/33", "198.51.100.1/24", "198.51.100.0/", "198.51.100.0/-1", "198.51.100.0/+4", "x/8",
        "::/129", "10.0.0.0/\u{301}8", "10.0.0.0/8\u{301}",
    ])
    func noBlock(_ text: String) { #expect(CIDR(text) == nil) }
}

struct ServiceTests {
    @Test func channelNames() {
        let names: [Service: [String]] = [
            .imap: ["imap", "imaps"], .pop3: ["pop3", "pop3s"],
            .smtp: ["smtp", "smtps", "submission", "submissions"], .sieve: ["sieve", "managesieve"], .web: ["web"],
        ]
        for (service, names) in names {
            for name in names { #expect(Service(channelName: name) == service) }
        }
        for name in ["", "IMAP", "gopher", "doveadm", "lmtp", "imap "] { #expect(Service(channelName: name) == nil) }
    }
}

struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_800_000_000, "2027-01-15T08:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
    ])
    func text(_ seconds: Int64, _ text: String) {
        #expect(Timestamp(seconds).iso8601 == text)
        #expect(Timestamp(iso8601: text) == Timestamp(seconds))
    }

    @Test func extremesDoNotTrap() {
        for seconds in [Int64.min, Int64.max] {
            _ = Timestamp(seconds).iso8601
            _ = Timestamp(seconds).adding(seconds: seconds)
        }
    }

    @Test(arguments: [
        "", "2026-13-01", "2026-02-30", "2026-1-1", "2026-01-01T24:00:00Z", "2026-01-01 00:00:00", "٢٠٢٦-01-01",
    ])
    func noDate(_ text: String) { #expect(Timestamp(iso8601: text) == nil) }

    @Test func logForm() {
        #expect(Timestamp(1_800_000_000).iso8601(microseconds: 42) == Array("2027-01-15T08:00:00.000042+00:00".utf8))
    }
}
