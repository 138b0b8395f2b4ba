import Administration
import Bytes
import Credentials
import Messages

/// A mail to an account's owner (RFC 5322, in UTF-8). Its subject is always the same; what somebody else could choose, such
/// as the name of an app password, is in the body only.
struct NoticeMail {
    /// Events in a mail; the page has all of them.
    private static let maxEvents = 20
    /// Symbols of base64 in a line (RFC 2045, section 6.8).
    private static let lineLength = 76

    /// The whole mail, lines ending with CR LF.
    let text: String

    /// - Parameters:
    ///   - page: The page's address; empty: there is none.
    ///   - language: As the owner last used the page; nil: unknown.
    init(
        _ account: String, _ events: [OwnerEvent], from sender: String, page: String, _ language: String?,
        now: Timestamp
    ) {
        let language = language.flatMap { Language(rawValue: $0) } ?? .standard
        let headers = [
            "From: <\(sender)>", "To: <\(account)>", "Subject: \(Self.encodedWord(language["notice_subject"]))",
            "Date: \(Self.date(now))", "Message-ID: \(Self.messageID(sender, now))", "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Language: \(language.rawValue)",
            "Content-Transfer-Encoding: base64",
        ]
        let body = Self.body(account, events, page, language)
        text = (headers + [""] + Self.base64Lines(body) + [""]).joined(separator: "\r\n")
    }

    private static func body(_ account: String, _ events: [OwnerEvent], _ page: String, _ language: Language) -> String
    {
        var lines = [language.text("notice_intro", ["account": account]), ""]
        for event in events.prefix(maxEvents) {
            let key = "notice_" + event.kind.rawValue.replacing("-", with: "_")
            let message = language.text(key, ["label": Printable.text(event.label)])
            lines.append("\(event.at.iso8601.prefix(10)) \(event.at.iso8601.dropFirst(11).prefix(5))  \(message)")
        }
        if events.count > maxEvents {
            lines += ["", language.text("notice_more", ["count": "\(events.count - maxEvents)"])]
        }
        lines.append("")
        lines +=
            page.isEmpty ? [language["notice_not_you_ask"]] : [language["notice_not_you"], page + "/password?not-me=1"]
        lines += ["", language["notice_footer"], ""]
        return lines.joined(separator: "\r\n")
    }

    /// RFC 2047, section 2. The text is short enough for one word.
    private static func encodedWord(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 }
            ? text
            : "=?utf-8?B?" + String(decoding: Base64.encode(Array(text.utf8), padded: true), as: UTF8.self) + "?="
    }

    private static func base64Lines(_ text: String) -> [String] {
        let encoded = Base64.encode(Array(text.utf8), padded: true)
        return stride(from: 0, to: encoded.count, by: lineLength).map {
            String(decoding: encoded[$0..<min($0 + lineLength, encoded.count)], as: UTF8.self)
        }
    }

    /// RFC 5322, section 3.3.
    private static func date(_ time: Timestamp) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let text = time.iso8601
        let month = Int(text.dropFirst(5).prefix(2)) ?? 1
        return
            "\(text.dropFirst(8).prefix(2)) \(months[month - 1]) \(text.prefix(4)) \(text.dropFirst(11).prefix(8)) +0000"
    }

    private static func messageID(_ sender: String, _ now: Timestamp) -> String {
        // Without random bytes the time alone has to do.
        let random = (try? randomBytes(8)).map(hex) ?? "0"
        return "<postern.\(now.seconds).\(random)@\(sender.split(separator: "@").last ?? "localhost")>"
    }
}
