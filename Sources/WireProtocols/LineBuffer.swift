#if !hasFeature(Embedded)
    import Bytes
#endif

/// Splits received bytes into lines that end with LF.
package struct LineBuffer {
    /// Bytes of a line, its end not counted.
    private let maxLineLength: Int
    private var pending: [UInt8] = []

    /// - Parameter longest: Bytes of a line, its end not counted.
    package init(maxLineLength: Int) { self.maxLineLength = maxLineLength }

    /// Whether a line has begun and is not complete.
    package var isInLine: Bool { !pending.isEmpty }

    /// Calls `body` with each complete line, without its LF, until it returns false. Wipes the bytes.
    ///
    /// - Returns: False if a line is too long or `body` returned false: nothing more is to be read.
    package mutating func receive(_ bytes: inout [UInt8], _ body: (ArraySlice<UInt8>) -> Bool) -> Bool {
        if !pending.isEmpty {
            var joined: [UInt8] = []
            joined.reserveCapacity(pending.count + bytes.count)
            joined += pending
            joined += bytes
            wipe(&pending)
            wipe(&bytes)
            bytes = joined
        }
        defer { wipe(&bytes) }
        var start = 0
        while let end = bytes[start...].position(of: UInt8(ascii: "\n")) {
            guard end - start <= maxLineLength, body(bytes[start..<end]) else { return false }
            start = end + 1
        }
        guard bytes.count - start <= maxLineLength else { return false }
        if start < bytes.count { pending = Array(bytes[start...]) }
        return true
    }

    /// Wipes an incomplete line.
    package mutating func clear() { wipe(&pending) }
}
