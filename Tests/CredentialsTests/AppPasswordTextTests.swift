import Bytes
import Credentials
import TestSupport
import Testing

struct AppPasswordTextTests {
    private func kind(_ text: String) -> String {
        switch AppPasswordText.read(Secret(Array(text.utf8))) {
        case .generated(let canonical): "generated " + TestSupport.text(canonical)
        case .compact(let canonical): "compact " + TestSupport.text(canonical)
        case .mistyped: "mistyped"
        case .other: "other"
        }
    }

    @Test func everyWayOfTypingIsTheSame() throws {
        for _ in 0..<50 {
            let canonical = text(try AppPasswordText.makeGenerated())
            #expect(canonical.utf8.count == 25)
            let shown = text(AppPasswordText.display(Secret(Array(canonical.utf8))))
            #expect(shown.split(separator: "-").map(\.count) == [5, 5, 5, 5, 5])
            let sloppy = shown.uppercased().replacing("0", with: "o").replacing("1", with: "L").replacing(
                "-", with: " ")
            for typed in [canonical, shown, sloppy, " " + shown + " "] {
                #expect(kind(typed) == "generated " + canonical)
            }
        }
    }

    /// Spellings from phones, word processors and keyboards of other scripts.
    @Test func otherCharacters() throws {
        let canonical = text(try AppPasswordText.makeGenerated())
        let shown = text(AppPasswordText.display(Secret(Array(canonical.utf8))))
        func with(_ separator: String) -> String { shown.replacing("-", with: separator) }
        let dashes = ["\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2015}", "\u{2212}", "\u{ff0d}"]
        let spaces = ["\u{a0}", "\u{2003}", "\u{2009}", "\u{202f}", "\u{3000}", "\t", "\r\n", "\u{2028}"]
        let unseen = ["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{ad}", "\u{200e}"]
        for separator in dashes + spaces + unseen {
            for typed in [with(separator), separator + shown + separator, with("-" + separator)] {
                #expect(kind(typed) == "generated " + canonical, "\(separator.unicodeScalars.map(\.value))")
            }
        }
        let wide = String(String.UnicodeScalarView(canonical.unicodeScalars.map { Unicode.Scalar($0.value + 0xfee0)! }))
        #expect(kind(wide) == "generated " + canonical && kind(wide.uppercased()) == "generated " + canonical)
        #expect(kind(shown + "\n") == "generated " + canonical && kind("\u{feff}" + shown) == "generated " + canonical)
        // At most 128 bytes, and no characters that only look alike.
        #expect(kind(shown + String(repeating: " ", count: 128 - shown.utf8.count)) == "generated " + canonical)
        #expect(kind(shown + String(repeating: " ", count: 129 - shown.utf8.count)) == "other")
        for bad in ["\u{430}", "\u{661}", "_", "\u{1f600}", "\0", "."] {
            #expect(kind(shown + bad) == "other", "\(bad)")
        }
        #expect(
            {
                if case .other = AppPasswordText.read(Secret(Array(shown.utf8) + [0xe2, 0x80])) { true } else { false }
            }())
    }

    @Test func compact() throws {
        let canonical = text(try AppPasswordText.makeCompact())
        let shown = text(AppPasswordText.display(Secret(Array(canonical.utf8))))
        #expect(shown.split(separator: "-").map(\.count) == [4, 4, 4, 4])
        #expect(kind(shown.uppercased()) == "compact " + canonical)
    }

    @Test func everySingleWrongSymbolIsNoticed() throws {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
        for _ in 0..<5 {
            let canonical = Array(text(try AppPasswordText.makeGenerated()))
            for place in canonical.indices {
                for symbol in alphabet where symbol != canonical[place] {
                    var typed = canonical
                    typed[place] = symbol
                    #expect(kind(String(typed)) == "mistyped")
                }
            }
        }
    }

    /// Check symbols computed by another program: app passwords that were handed out must stay valid.
    @Test(arguments: ["0123456789abcdefghjkmnpqr", "zzzzzzzzzzzzzzzzzzzzzzzzr", "7v3k9m2xq5w8e4r6t1y0p3a6p"])
    func checkSymbols(_ text: String) {
        guard case .generated = AppPasswordText.read(Secret(Array(text.utf8))) else {
            Issue.record("\(text) is no generated app password")
            return
        }
    }

    /// Luhn's algorithm misses only a swap of the symbols for 0 and 31.
    @Test func swappedNeighboursAreNoticed() throws {
        for _ in 0..<50 {
            let canonical = Array(text(try AppPasswordText.makeGenerated()))
            for place in 0..<24 where canonical[place] != canonical[place + 1] {
                guard Set([canonical[place], canonical[place + 1]]) != Set(["0", "z"]) else { continue }
                var typed = canonical
                typed.swapAt(place, place + 1)
                #expect(kind(String(typed)) == "mistyped")
            }
        }
    }

    @Test(arguments: [
        "", "secret", "correct horse battery", "abcde-fghjk", String(repeating: "a", count: 129), "uuuuuuuuuuuuuuuu",
    ])
    func other(_ text: String) { #expect(kind(text) == "other") }

    @Test func noTwoAreAlike() throws {
        var seen: Set<String> = []
        for _ in 0..<1000 { seen.insert(text(try AppPasswordText.makeGenerated())) }
        #expect(seen.count == 1000)
    }
}
