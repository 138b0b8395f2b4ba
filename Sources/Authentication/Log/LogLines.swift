/// Lines for the log, one after the other in memory that is used again.
package struct LogLines: Sendable {
    /// Each line with its end, LF.
    package private(set) var bytes: [UInt8] = []
    private var lines: [(end: Int, severity: AuthLog.Severity)] = []
    /// What each of them begins with: they are of one moment.
    private var opening: [UInt8] = []

    package init() {}

    package var isEmpty: Bool { lines.isEmpty }

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
    }

    /// Before the first of them.
    mutating func begin(with opening: [UInt8]) { self.opening = opening }

    /// - Parameter message: Appends what follows the beginning.
    mutating func add(_ severity: AuthLog.Severity, _ message: (inout [UInt8]) -> Void) {
        bytes += opening
        message(&bytes)
        bytes.append(UInt8(ascii: "\n"))
        lines.append((bytes.count, severity))
    }

    /// Each line without its end.
    func forEach(_ body: (ArraySlice<UInt8>, AuthLog.Severity) -> Void) {
        var start = 0
        for (end, severity) in lines {
            body(bytes[start..<end - 1], severity)
            start = end
        }
    }

    package var texts: [String] {
        var texts: [String] = []
        forEach { line, _ in texts.append(String(decoding: line, as: UTF8.self)) }
        return texts
    }
}
