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

    /// Luhn misses only a swap of the symbols for 0 and 31.
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
        "", "secret", "correct horse battery", "abcde-fghjk", String(repeating: "a", count: 65), "uuuuuuuuuuuuuuuu",
    ])
    func other(_ text: String) { #expect(kind(text) == "other") }

    @Test func noTwoAreAlike() throws {
        var seen: Set<String> = []
        for _ in 0..<1000 { seen.insert(text(try AppPasswordText.makeGenerated())) }
        #expect(seen.count == 1000)
    }
}
