import Bytes

/// Splits a dump into its lines.
struct DumpLines {
    /// Bytes of a line. mysqldump fills lines up to net_buffer_length, 1 MiB (its manual, "--net-buffer-length"); only
    /// a single long row makes a longer one.
    static let maxLineLength = 8 << 20

    private var rest: [UInt8] = []
    private var number = 0

    /// Passes each complete line to `body`, without its end, and with its number from 1.
    mutating func feed(_ bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>, Int) throws(SourceError) -> Void)
        throws(SourceError)
    {
        rest += bytes
        var start = 0
        while let end = rest[start...].position(of: UInt8(ascii: "\n")) {
            try pass(rest[start..<end], body)
            start = end + 1
        }
        rest.removeFirst(start)
        guard rest.count <= Self.maxLineLength else { throw Self.tooLong(number + 1) }
    }

    /// Passes the last line to `body`, if it has no end.
    mutating func end(_ body: (ArraySlice<UInt8>, Int) throws(SourceError) -> Void) throws(SourceError) {
        guard !rest.isEmpty else { return }
        try pass(rest[...], body)
        rest = []
    }

    private mutating func pass(
        _ line: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>, Int) throws(SourceError) -> Void
    ) throws(SourceError) {
        number += 1
        guard line.count <= Self.maxLineLength else { throw Self.tooLong(number) }
        try body(line, number)
    }

    static func tooLong(_ line: Int) -> SourceError {
        .malformed(
            line: line,
            "a line or statement has more than \(maxLineLength >> 20) MiB; dump only the tables that are needed")
    }
}
