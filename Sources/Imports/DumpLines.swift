import Bytes

/// Cuts a dump into its lines.
struct DumpLines {
    /// Octets of a line. mysqldump fills lines up to net_buffer_length, 1 MiB (its manual, "--net-buffer-length"); only a
    /// row that is longer by itself makes a longer one.
    static let longest = 8 << 20

    private var rest: [UInt8] = []
    private var number = 0

    /// Hands over each complete line with its number, from 1, and without its end.
    mutating func feed(_ bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>, Int) throws(SourceError) -> Void)
        throws(SourceError)
    {
        rest += bytes
        var start = 0
        while let end = rest[start...].place(of: UInt8(ascii: "\n")) {
            try take(rest[start..<end], body)
            start = end + 1
        }
        rest.removeFirst(start)
        guard rest.count <= Self.longest else { throw Self.tooLong(number + 1) }
    }

    /// The same for a last line that has no end.
    mutating func end(_ body: (ArraySlice<UInt8>, Int) throws(SourceError) -> Void) throws(SourceError) {
        guard !rest.isEmpty else { return }
        try take(rest[...], body)
        rest = []
    }

    private mutating func take(
        _ line: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>, Int) throws(SourceError) -> Void
    ) throws(SourceError) {
        number += 1
        guard line.count <= Self.longest else { throw Self.tooLong(number) }
        try body(line, number)
    }

    static func tooLong(_ line: Int) -> SourceError {
        .malformed(
            line: line, "a line or statement has more than \(longest >> 20) MiB; dump only the tables that are needed")
    }
}
