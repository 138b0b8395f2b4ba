import Authentication
import HTTPTypes
import Hummingbird
import Logging
import NIOEmbedded
import Messages
import TestSupport
import Testing

@testable import Portal

/// How pages are filled in.
struct PagesTests {
    private let pages: Pages

    init() throws {
        let text = """
            portal_origin = https://mail-access.example.org
            account_socket = /nonexistent/account
            imap_server = imap.example.org
            smtp_server = smtp.example.org:587
            """
        let configuration = try ConfigurationFile.parse(Array(text.utf8), name: "test")
        pages = try Pages(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func visit(_ session: String? = "session") -> Visit {
        var visit = Visit(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: pages.logger))
        visit.session = session
        return visit
    }

    /// Names are text of their owner's, and anybody's who knows the account's password.
    @Test(arguments: Injection.all)
    func hostileNamesAreText(_ bytes: [UInt8]) {
        let name = String(decoding: bytes, as: UTF8.self)
        let row = [
            "id": "abc1234", "name": name, "state": "active", "services": "imap smtp", "used-network": name,
            "networks": name, "created": "2026-11-29T21:50:30Z",
        ]
        let device = pages.device(row, visit())
        let page = pages.fill(
            "devices", "title_devices", visit(), account: name,
            ["has_devices": true, "devices": [device], "alert": ["text": name, "field": name], "notice": name])
        #expect(page.contains("2026-11-29 21:50 UTC"))
        for tag in ["<script>", "<img", "<b>", "onerror=\""] where name.contains(tag) {
            #expect(!page.contains(name), "\(tag)")
        }
        #expect(page.matches(of: /<script/).count == 1)
    }

    @Test func markupIsEscaped() {
        let name = #"<script>alert("1")</script>'&"#
        let device = pages.device(["id": "abc1234", "name": name, "state": "active"], visit())
        let page = pages.fill(
            "devices", "title_devices", visit(), account: name, ["has_devices": true, "devices": [device]])
        #expect(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"))
        #expect(!page.contains("<script>alert"))
    }

    @Test func formsAreForTheStateOfADevice() {
        func forms(_ state: String, _ more: [String: String] = [:]) -> Set<String> {
            let row = ["id": "abc1234", "state": state].merging(more) { $1 }
            return Set(pages.device(row, visit()).keys).intersection(["revoke", "put_back"])
        }
        #expect(forms("active") == ["revoke"] && forms("expired") == ["revoke"] && forms("revoked") == [])
        #expect(forms("revoked", ["put-back": "yes"]) == ["put_back"])
    }

    /// Where a full sign-in leads back to: a page of this site, whatever the browser says.
    @Test(arguments: [
        ("", "/devices"), ("/", "/devices"), ("//evil.example/x", "/devices"), ("https://evil.example", "/devices"),
        ("/new", "/new"), ("/devices/abc1234/rotate", "/devices/abc1234"), ("/devices/../../x", "/devices"),
        ("/second-factor/enrol", "/second-factor"), ("/password", "/password"),
        ("/devices/a\r\nSet-Cookie:x", "/devices"),
        ("/devices/%2e", "/devices"), ("/password?not-me=1", "/password?not-me=1"), ("/password?x", "/password"),
        ("/sign-out", "/devices"),
    ])
    func comesBackToPagesOfThisSite(_ path: String, _ page: String) {
        #expect(Frame.page(of: path) == page)
    }

    @Test(
        arguments: [
            ("__Host-postern=abc", "abc"), ("a=b; __Host-postern=abc; c=d", "abc"), ("postern=abc", nil),
            ("__Host-postern=", nil), ("x__Host-postern=abc", nil), ("__Host-postern=a=b", "a=b"), ("", nil),
        ] as [(String, String?)])
    func readsItsCookie(_ header: String, _ token: String?) {
        #expect(SessionCookie.token(in: [.cookie: header]) == token)
    }

    /// A reply is complete with its last line, and no bytes of one do harm.
    @Test func readsReplies() throws {
        let reply = Array("device\tid=a\tname=x\u{1}ty\ndevice\tid=b\nok\taccount=alice@example.org\n".utf8)
        for length in 0..<reply.count { #expect(AccountAnswer(Array(reply[..<length])) == nil) }
        let answer = try #require(AccountAnswer(reply))
        #expect(answer.rows("device").map { $0["name"] } == ["x\ty", nil] && answer["account"] == "alice@example.org")
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...60)).map { _ in
                Bool.random() ? reply.randomElement() ?? 0 : UInt8.random(in: 0...255)
            }
            _ = AccountAnswer(bytes + [0x0a])
        }
    }
}
