import Credentials
import Glibc

/// What is wrong with the configuration, with file and line. Stops every program.
package struct ConfigurationError: Error {
    package let explanation: String
}

/// `name = value` lines, `#` comments, and lines that begin with white space go on with the line before, as in
/// Postfix's main.cf.
package enum ConfigurationFile {
    package static let defaultPath = "/etc/postern/postern.conf"
    /// Octets; a larger file is some other file.
    static let longest = 65_536

    /// - Parameter path: Nil for the default file, which may be missing.
    package static func load(path: String?) throws(ConfigurationError) -> Configuration {
        let name = path ?? defaultPath
        let file = unsafe open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT, path == nil { return Configuration() }
            throw ConfigurationError(explanation: "\(name): cannot be read (\(systemMessage(errno)))")
        }
        defer { close(file) }
        guard let bytes = readAll(file, limit: longest) else {
            throw ConfigurationError(explanation: "\(name): cannot be read (\(systemMessage(errno)))")
        }
        guard bytes.count < longest, let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw ConfigurationError(explanation: "\(name): is not a text file of less than \(longest) bytes")
        }
        return try parse(text, name: name)
    }

    /// - Parameter name: What error messages call the file.
    package static func parse(_ text: String, name: String) throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        var seen: [String: Int] = [:]
        for (number, line) in logicalLines(text) {
            func fail(_ problem: String) -> ConfigurationError {
                ConfigurationError(explanation: "\(name):\(number): \(problem)")
            }
            guard let equals = line.firstIndex(of: "=") else { throw fail("is not a line 'name = value'") }
            let key = trim(line[..<equals])
            let value = trim(line[line.index(after: equals)...])
            guard let setting = Setting.all.first(where: { $0.name == key }) else {
                throw fail("unknown name '\(key)'; the nearest is '\(nearest(to: key))'")
            }
            if let earlier = seen.updateValue(number, forKey: key) {
                throw fail("\(key) was already set in line \(earlier)")
            }
            if let problem = setting.set(value, in: &configuration) { throw fail("\(key): '\(value)' \(problem)") }
        }
        return configuration
    }

    private static func logicalLines(_ text: String) -> [(number: Int, line: String)] {
        var lines: [(number: Int, line: String)] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = trim(line)
            guard !trimmed.isEmpty, !trimmed.hasPrefix("#") else { continue }
            if let first = line.utf8.first, isSpace(first), !lines.isEmpty {
                lines[lines.count - 1].line += " " + trimmed
            } else {
                lines.append((index + 1, trimmed))
            }
        }
        return lines
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }

    private static func trim(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8.drop(while: isSpace))
        let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    private static func nearest(to name: String) -> String {
        Setting.all.map(\.name).min { distance($0, name) < distance($1, name) } ?? ""
    }

    /// Edits that turn one name into the other (Levenshtein).
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (i, a) in left.utf8.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let cost = previous + (a == b ? 0 : 1)
                previous = row[j + 1]
                row[j + 1] = min(cost, previous + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
