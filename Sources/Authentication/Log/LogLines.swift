/// Lines for the log in one buffer, which is used again.
package struct LogLines: Sendable {
    /// The severity of a line: its priority in syslog, and a member of its JSON object.
    package enum Severity: String, Sendable {
        case information = "info"
        /// An operator should look at it.
        case warning
        case error
    }

    /// All lines, each with its LF.
    package private(set) var bytes: [UInt8] = []
    private var lines: [(end: Int, severity: Severity)] = []
    /// The beginning of each line; one for all of them, since they are written together.
    private var opening: [UInt8] = []

    /// Makes an empty buffer.
    package init() {}

    /// Whether there are no lines.
    package var isEmpty: Bool { lines.isEmpty }

    /// Removes all lines and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
    }

    /// Sets the beginning of each line; call before the first line is added.
    mutating func begin(with opening: [UInt8]) { self.opening = opening }

    /// Adds a line.
    ///
    /// - Parameter message: Appends the text after the beginning.
    mutating func add(_ severity: Severity, _ message: (inout [UInt8]) -> Void) {
        bytes += opening
        message(&bytes)
        bytes.append(UInt8(ascii: "\n"))
        lines.append((bytes.count, severity))
    }

    /// Calls `body` with each line, without its LF.
    func forEach(_ body: (ArraySlice<UInt8>, Severity) -> Void) {
        var start = 0
        for (end, severity) in lines {
            body(bytes[start..<end - 1], severity)
            start = end
        }
    }

    /// The lines without their LF, for tests.
    package var texts: [String] {
        var texts: [String] = []
        forEach { line, _ in texts.append(String(decoding: line, as: UTF8.self)) }
        return texts
    }
}
