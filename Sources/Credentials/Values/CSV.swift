/// Lines of comma-separated values (RFC 4180).
package enum CSV {
    /// Returns a line without its end. Text that a spreadsheet would take for a formula gets an apostrophe in front.
    ///
    /// - Parameter cells: Printable text, without line ends.
    package static func line(_ cells: [String]) -> String {
        cells.map { cell in
            // By scalars: a sign followed by a combining mark is another Character, but still a sign.
            let text = Array(cell.unicodeScalars)
            let safe = text.first.map { "=+-@".unicodeScalars.contains($0) } ?? false ? ["'"] + text : text
            let quoted = safe.contains { $0 == "," || $0 == "\"" }
            let content = safe.flatMap { $0 == "\"" ? [$0, $0] : [$0] }
            return String(String.UnicodeScalarView(quoted ? ["\""] + content + ["\""] : content))
        }.joined(separator: ",")
    }
}
