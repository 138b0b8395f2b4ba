/// A language of the page and of notices, and its messages.
package enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"
    case french = "fr"
    case chinese = "zh"

    /// For whoever has no other.
    package static let standard = Language.english

    /// The first of a browser's languages that the page has (RFC 9110, section 12.5.4).
    package init(accepting header: String) {
        var best: (language: Language, quality: Double)?
        for item in header.prefix(256).split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard let tag = parts.first?.split(separator: "-").first, let language = Language(rawValue: String(tag))
            else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if quality > best?.quality ?? 0 { best = (language, quality) }
        }
        self = best?.language ?? .standard
    }

    /// Its messages by key.
    package var messages: [String: String] { Self.all[self] ?? [:] }

    /// A message. Every language has every key; a test looks.
    package subscript(key: String) -> String { messages[key] ?? key }

    /// A message with values in place of `{name}`.
    package func text(_ key: String, _ values: [String: String]) -> String {
        values.reduce(self[key]) { text, value in
            text.split(separator: "{\(value.key)}", omittingEmptySubsequences: false).joined(separator: value.value)
        }
    }

    /// The message of a refusal of posternd.
    ///
    /// - Parameter value: What the message names: a limit, a time, or what was typed.
    package func refusal(_ code: String, _ value: String?) -> String {
        let key = "refusal_" + code.replacing("-", with: "_")
        let message = messages[key] == nil ? "refusal_other" : key
        let value = value ?? ""
        return text(message, ["max": value, "latest": value, "text": value, "seconds": value])
    }

    private static let all: [Language: [String: String]] = [
        .english: read(PackageResources.en_txt), .german: read(PackageResources.de_txt),
        .french: read(PackageResources.fr_txt), .chinese: read(PackageResources.zh_txt),
    ]

    /// Reads `key = text`, one a line; `#` begins a comment.
    private static func read(_ file: [UInt8]) -> [String: String] {
        var messages: [String: String] = [:]
        for line in String(decoding: file, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let (key, text) = (line[..<equals].filter { $0 != " " }, line[line.index(after: equals)...])
            messages[key] = String(text.drop { $0 == " " })
        }
        return messages
    }
}
