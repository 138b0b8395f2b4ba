import Administration
import Credentials
import TestSupport
import Testing

/// Text of somebody else's choosing, made safe for a terminal.
struct PrintableTests {
    @Test(arguments: [
        ("", ""), ("alice@example.org", "alice@example.org"), ("two  words", "two  words"),
        ("line\nfeed", "line\\u{a}feed"), ("return\r", "return\\u{d}"), ("tab\tstop", "tab\\u{9}stop"),
        ("\u{0}", "\\u{0}"), ("\u{7f}", "\\u{7f}"), ("next\u{85}line", "next\\u{85}line"),
        ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"), ("\u{9b}31m", "\\u{9b}31m"),
        ("\u{202e}gro.elpmaxe", "\\u{202e}gro.elpmaxe"), ("zero\u{200b}width", "zero\\u{200b}width"),
        ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{feff}mark", "\\u{feff}mark"),
        ("\u{e000}", "\\u{e000}"), ("\u{378}", "\\u{378}"), ("\u{e0041}", "\\u{e0041}"),
    ])
    func replacesWhatCannotBeSeen(_ text: String, _ printable: String) {
        #expect(Array(Printable.text(text).utf8) == Array(printable.utf8))
    }

    /// Letters of all scripts, composed or not, signs and pictures stay as they are, byte for byte.
    @Test(arguments: ["Büro", "Bu\u{308}ro", "日本語", "עברית", "‹quoted›", "📱 phone", "a\u{a0}b", "#!$&\\\"'"])
    func keepsWhatCanBeSeen(_ text: String) {
        #expect(Array(Printable.text(text).utf8) == Array(text.utf8))
    }

    /// A combining character does not hide in a cluster, and a line end that is two characters is replaced twice.
    @Test func looksAtScalars() {
        #expect(Printable.text("\r\n") == "\\u{d}\\u{a}")
        #expect(Array(Printable.text("e\u{301}\u{200d}").utf8) == Array("e\u{301}\\u{200d}".utf8))
        // In an emoji that is made of three.
        #expect(Printable.text("👩\u{200d}🔧") == "👩\\u{200d}🔧")
    }

    @Test func leavesNothingOfForgedLines() {
        #expect(!Injection.all.isEmpty)
        for bytes in Injection.all {
            let text = String(decoding: bytes, as: UTF8.self)
            let printable = Printable.text(text)
            let isVisible = printable.unicodeScalars.allSatisfy { $0.isVisible }
            #expect(isVisible, "\(bytes)")
            // Printed again it is the same.
            #expect(Printable.text(printable) == printable)
        }
    }
}
