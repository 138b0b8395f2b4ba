/// A text file with one user in each line.
enum UserFile {
    /// Bytes of a line.
    private static let maxLineLength = 65_536

    /// Passes each line to `body`, without its end and with its number from 1; skips empty lines and those that begin
    /// with `#`.
    static func eachLine(of content: [UInt8], _ body: (String, Int) throws(SourceError) -> Void) throws(SourceError) {
        var number = 0
        for var line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            // As Dovecot reads it (src/lib/istream.c, i_stream_next_line_finish).
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            guard line.count <= maxLineLength else {
                throw .malformed(
                    line: number, "a line has more than \(maxLineLength) bytes; this is not a file of users")
            }
            guard !line.contains(0) else {
                throw .malformed(line: number, "a NUL byte; this is not a file of users in UTF-8")
            }
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw .malformed(line: number, "the text is not UTF-8; convert the file (iconv -t UTF-8)")
            }
            try body(text, number)
        }
    }
}
