import Bytes
import Credentials

/// Reads values as other systems write them.
enum SourceValue {
    /// Reads a flag: `1`, `t`, `true`, `yes` and `y`, or their opposites and empty text. Returns nil for anything else.
    static func flag(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "1", "t", "true", "yes", "y": true
        case "0", "f", "false", "no", "n", "": false
        default: nil
        }
    }

    /// Reads `2026-11-21`, or `2026-11-21 01:02:03` with anything behind it, in UTC: no system stores the time zone.
    static func timestamp(_ text: String?) -> Timestamp? {
        guard let text else { return nil }
        let day = String(text.prefix(10))
        return Timestamp(iso8601: "\(day)T\(text.dropFirst(11).prefix(8))Z") ?? Timestamp(iso8601: day)
    }

    /// Reads addresses and networks that are separated by commas. Those that cannot be read are returned as they are,
    /// or as "a text" if they do not even look like one.
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

    /// Splits addresses that are separated by commas.
    static func addresses(_ text: String?) -> [String] {
        (text ?? "").split(whereSeparator: { ", ;\t\n".contains($0) }).map(String.init)
    }

    /// Returns a stored password with its scheme. Without one, 13 symbols or 32 hexadecimal digits may be a hash or
    /// clear text.
    ///
    /// - Parameter defaultScheme: The scheme of passwords without one, if it is known.
    static func hash(_ stored: String, defaultScheme: String?) -> String {
        guard let defaultScheme, !stored.hasPrefix("{"), !stored.hasPrefix("$1$") else { return stored }
        return "{\(defaultScheme)}\(stored)"
    }

    /// Returns what can be shown of a text that is not the name of an account: a hash may follow the name.
    static func nameAlone(_ text: String) -> String { String(text.prefix { !"|{}$:= \t".contains($0) }) }

    /// Returns a name without invisible characters, cut to the length that Postern allows.
    static func label(_ text: String?, otherwise: String) -> String {
        let visible = (text ?? "").unicodeScalars.map { $0.isVisible ? $0 : " " }
        let words = String(String.UnicodeScalarView(visible)).split(separator: " ").joined(separator: " ")
        return words.isEmpty ? otherwise : String(words.unicodeScalars.prefix(NewAppPassword.maxNameLength))
    }

    /// Returns text as it was before PHP's htmlspecialchars, which may have been applied more than once.
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
