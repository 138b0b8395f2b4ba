import Messages
import TestSupport
import Testing

@testable import Portal

/// The messages of the page, and the templates that use them.
struct LanguageTests {
    @Test(arguments: [
        ("", Language.english), ("de", .german), ("de-AT,en;q=0.5", .german), ("fr;q=0.3, zh;q=0.9", .chinese),
        ("it, es;q=0.8", .english), ("zh-Hant-TW", .chinese), ("en;q=0, de;q=0.1", .german), ("*", .english),
        ("FR", .french), (";;,q=1", .english), ("de;q=x", .german), ("en-US,en;q=0.9,de;q=0.8", .english),
        (String(repeating: "de,", count: 10_000), .german),
    ])
    func isTheBrowsersFirst(_ header: String, _ language: Language) {
        #expect(Language(accepting: header) == language, "\(header.prefix(80))")
    }

    @Test(arguments: Language.allCases)
    func hasAllMessages(_ language: Language) {
        let standard = Language.standard.messages
        #expect(standard.count > 200)
        #expect(Set(language.messages.keys) == Set(standard.keys))
        let placeholder = /\{[a-z]+\}/
        for (key, text) in language.messages {
            #expect(!text.isEmpty, "\(key)")
            let (own, other) = (text.matches(of: placeholder), (standard[key] ?? "").matches(of: placeholder))
            #expect(own.map { $0.output }.sorted() == other.map { $0.output }.sorted(), "\(key)")
        }
    }

    @Test func otherLanguagesAreTranslated() {
        let standard = Language.standard.messages
        for language in Language.allCases where language != .standard {
            let same = language.messages.filter { standard[$0.key] == $0.value && $0.value.count > 12 }
            #expect(same.count < 10, "\(language): \(same.keys.sorted())")
        }
    }

    /// Each message that a template names exists, and nothing is put into a page without being escaped.
    @Test func templatesAreSafe() {
        for (name, source) in Templates.sources {
            let text = String(decoding: source, as: UTF8.self)
            #expect(!text.contains("{{{") && !text.contains("{{&"), "\(name)")
            #expect(
                text.firstMatch(of: /(?i)<script(?! src="\/script\.js" defer>)|style=|\son[a-z]+=|javascript:/) == nil)
            for match in text.matches(of: /\{\{[#^\/]?t\.([a-z0-9_]+)\}\}/) {
                #expect(Language.standard.messages[String(match.output.1)] != nil, "\(name): \(match.output.0)")
            }
            let forms = text.matches(of: /<form[^>]*>/)
            for form in forms { #expect(form.output.contains(#"method="post""#), "\(name): \(form.output)") }
        }
    }

    /// The refusals of posternd that people can meet on the page have a message each.
    @Test(arguments: [
        "name-invalid", "service-missing", "too-many", "ends-too-late", "ends-in-past", "not-a-date", "not-a-network",
        "no-device", "no-rotation", "already-rotated", "profile", "factor-external", "factor-off", "factor-required",
        "nothing-to-confirm", "wrong-code", "code-used", "code-clock", "password-short", "password-common",
        "password-own-name", "password-app", "password-length", "password-bytes", "cannot-put-back", "form-used",
        "too-many-forms", "too-many-networks", "password-same", "too-many-new", "disabled-by-operator",
    ])
    func refusalsAreExplained(_ code: String) {
        for language in Language.allCases {
            let text = language.refusal(code, "<7>")
            #expect(text != language["refusal_other"] && !text.contains("{"), "\(language) \(code)")
        }
        #expect(Language.standard.refusal("nonesuch", nil) == Language.standard["refusal_other"])
    }
}
