import Bytes

/// Cuts what arrives into lines that end with LF.
package struct LineBuffer {
    /// Octets of a line, its end not counted.
    private let longest: Int
    private var pending: [UInt8] = []

    package init(longest: Int) { self.longest = longest }

    /// Whether a line has begun and not ended.
    package var isInLine: Bool { !pending.isEmpty }

    /// Hands each complete line to `body` without its end, as far as `body` wants more, and wipes it.
    ///
    /// - Returns: False if a line is too long or `body` said so: no more is to be read.
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
        while let end = bytes[start...].place(of: UInt8(ascii: "\n")) {
            guard end - start <= longest, body(bytes[start..<end]) else { return false }
            start = end + 1
        }
        guard bytes.count - start <= longest else { return false }
        if start < bytes.count { pending = Array(bytes[start...]) }
        return true
    }

    /// Wipes what is left of an unfinished line.
    package mutating func clear() { wipe(&pending) }
}
