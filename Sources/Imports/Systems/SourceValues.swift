import Bytes
import Credentials

/// The values of other systems, as they write them.
enum SourceValue {
    /// `1`, `t`, `true`, `yes`.
    static func flag(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "1", "t", "true", "yes", "y": true
        case "0", "f", "false", "no", "n", "": false
        default: nil
        }
    }

    /// `2026-11-21`, or `2026-11-21 01:02:03` with whatever follows; in UTC, for none of them says where it is.
    static func moment(_ text: String?) -> Timestamp? {
        guard let text else { return nil }
        let day = String(text.prefix(10))
        return Timestamp(iso8601: "\(day)T\(text.dropFirst(11).prefix(8))Z") ?? Timestamp(iso8601: day)
    }

    /// Addresses and networks between commas; those that cannot be read come back as they are, unless they are quite another
    /// text.
    static func networks(_ text: String?) -> (read: [CIDR], unread: [String]) {
        var networks: (read: [CIDR], unread: [String]) = ([], [])
        for part in addresses(text) {
            if let network = CIDR(masking: part) {
                networks.read.append(network)
            } else {
                networks.unread.append(part.allSatisfy { $0.isHexDigit || ".:/".contains($0) } ? part : "a text")
            }
        }
        return networks
    }

    /// Addresses between commas.
    static func addresses(_ text: String?) -> [String] {
        (text ?? "").split(whereSeparator: { ", ;\t\n".contains($0) }).map(String.init)
    }

    /// A stored password with its scheme. Nothing else tells what 13 symbols or 32 hexadecimal digits are: a hash, or clear
    /// text.
    ///
    /// - Parameter defaultScheme: Of passwords that say none, if somebody knows it.
    static func hash(_ stored: String, defaultScheme: String?) -> String {
        guard let defaultScheme, !stored.hasPrefix("{"), !stored.hasPrefix("$1$") else { return stored }
        return "{\(defaultScheme)}\(stored)"
    }

    /// What of a text that is no account's name can be shown: a hash may follow in it.
    static func nameAlone(_ text: String) -> String { String(text.prefix { !"|{}$:= \t".contains($0) }) }

    /// A name to show, without what nobody can see, and no longer than ours are.
    static func label(_ text: String?, elsewise: String) -> String {
        let visible = (text ?? "").unicodeScalars.map { $0.isVisible ? $0 : " " }
        let words = String(String.UnicodeScalarView(visible)).split(separator: " ").joined(separator: " ")
        return words.isEmpty ? elsewise : String(words.prefix(NewAppPassword.longestName))
    }

    /// Text that PHP's htmlspecialchars wrote, perhaps more than once.
    static func unescapingHTML(_ text: String) -> String {
        var text = text
        for _ in 0..<3 where text.contains("&") {
            for (entity, character) in [
                ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#039;", "'"), ("&#39;", "'"), ("&apos;", "'"),
                ("&amp;", "&"),
            ] {
                text.replace(entity, with: character)
            }
        }
        return text
    }
}
