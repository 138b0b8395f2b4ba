import Administration
import Bytes
import Credentials
import FoundationEssentials
import Glibc
import Synchronization

/// Standard output and standard error.
enum Output {
    enum Stream { case output, error }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether everything was written to standard output.
    static var isComplete: Bool { !hasFailed.load(ordering: .relaxed) }

    private static let hasFailed = Atomic<Bool>(false)

    static func line(_ text: String) {
        if !writeAll(STDOUT_FILENO, (text + "\n")) { hasFailed.store(true, ordering: .relaxed) }
    }

    static func error(_ text: String) { _ = writeAll(STDERR_FILENO, (text + "\n")) }

    /// Writes a secret alone to standard output, and its caption to standard error.
    static func secret(_ secret: borrowing Secret, _ caption: String) throws(CommandFailure) {
        error(caption)
        let isShown = secret.withLine { line in writeAll(STDOUT_FILENO, line) }
        guard isShown else {
            throw CommandFailure(
                .tryLater, "the secret could not be written (\(systemMessage(errno))); revoke it and make another")
        }
    }

    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    static func jsonLine(_ value: some Encodable) {
        if let text = jsonText(value) { line(text) }
    }

    /// A JSON object in one line. Strings and numbers always encode.
    static func jsonText(_ value: some Encodable) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a table whose columns are as wide as their widest cells. Makes the cells printable.
    static func table(_ header: [String], _ rows: [[String]], to stream: Stream = .output) {
        let cells = ([header] + rows).map { $0.map(Printable.text) }
        let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        for row in cells {
            let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  ")
            let text = String(padded.reversed().drop { $0 == " " }.reversed())
            switch stream {
            case .output: line(text)
            case .error: error(text)
            }
        }
    }
}

extension Output {
    /// Writes a row of CSV.
    static func csv(_ cells: [String]) { line(CSV.line(cells.map(Printable.text))) }
}

/// Encodes nil as null, so that a JSON object always has all its members.
@propertyWrapper
struct OrNull<Wrapped: Encodable>: Encodable {
    var wrappedValue: Wrapped?

    init(wrappedValue: Wrapped?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}
