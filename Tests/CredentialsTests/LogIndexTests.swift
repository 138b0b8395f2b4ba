import TestSupport
import Testing

@testable import SQLite

/// The header of the write-ahead log's index (sqlite.org/walformat.html), as it is laid out in memory.
@Suite(.enabled(if: TestServer.shared == nil, "about files")) struct LogIndexTests {
    /// Two copies of 48 bytes, in the machine's byte order.
    private func index(_ change: (inout [UInt32]) -> Void = { _ in }) -> [UInt32] {
        var words: [UInt32] = [3_007_000, 0, 7, 0x1000_0001, 5, 9, 1, 2, 3, 4, 5, 6]
        words += words
        change(&words)
        return words
    }

    private func header(_ words: [UInt32]) -> LogHeader? {
        words.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { LogIndex($0).header } }
    }

    @Test func headers() throws {
        let now = try #require(header(index()))
        #expect(header(index()) == now)
        // If a word differs in both copies, the state is another one.
        for word in [2, 4, 5, 6, 7, 8, 9, 10, 11] {
            let other = header(
                index {
                    $0[word] += 1
                    $0[word + 12] += 1
                })
            #expect(other != nil && other != now, "word \(word)")
        }
        // A commit in progress, another version of the format, and an index that is not initialised.
        for word in 0..<24 { #expect(header(index { $0[word] += 1 }) == nil, "word \(word)") }
        for version in [UInt32(0), 3_007_001, 3_008_000] {
            #expect(header(index { ($0[0], $0[12]) = (version, version) }) == nil)
        }
        #expect(header(index { ($0[3], $0[15]) = (0x1000_0000, 0x1000_0000) }) == nil)
    }
}
