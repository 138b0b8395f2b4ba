import Credentials
import Glibc

/// What is wrong with the configuration, with file and line. No program runs with it.
package struct ConfigurationError: Error {
    /// One sentence: the file, the line, what is wrong and what is allowed.
    package let explanation: String
}

/// Reads a configuration file.
package enum ConfigurationFile {
    /// Loads a configuration file.
    ///
    /// - Parameter path: Nil for the default file, which may be missing.
    /// - Throws: `ConfigurationError` when the file cannot be read, is no text file, or has invalid content.
    package static func load(path: String?) throws(ConfigurationError) -> Configuration {
        let name = path ?? ConfigurationText.defaultPath
        let file = unsafe open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT, path == nil { return Configuration() }
            throw ConfigurationError(explanation: "\(name): cannot be read (\(systemMessage(errno)))")
        }
        defer { close(file) }
        guard let bytes = readAll(file, limit: ConfigurationText.maxSize) else {
            throw ConfigurationError(explanation: "\(name): cannot be read (\(systemMessage(errno)))")
        }
        return try parse(bytes, name: name)
    }

    /// Parses the text of a configuration file.
    ///
    /// - Parameter name: The name of the file in error messages.
    /// - Throws: `ConfigurationError` for the first invalid line, or for two settings that contradict each other.
    package static func parse(_ text: [UInt8], name: String) throws(ConfigurationError) -> Configuration {
        guard var lines = ConfigurationText(text) else {
            throw ConfigurationError(
                explanation: "\(name): is not a text file of less than \(ConfigurationText.maxSize) bytes")
        }
        var configuration = Configuration()
        // The line of each setting, in the order of the table; 0: not set.
        var seen = [Int](repeating: 0, count: Setting.all.count)
        while let line = lines.next() { try read(line, of: name, into: &configuration, seen: &seen) }
        for (less, more, unit) in Self.ordered {
            guard case .number(let first) = configuration[less], case .number(let second) = configuration[more],
                first > second
            else { continue }
            let line = [less, more].compactMap { Setting.index(of: $0) }.map { seen[$0] }.max() ?? 0
            throw ConfigurationError(
                explanation: "\(name):\(line): \(less) (\(first) \(unit)) must not exceed \(more) (\(second) \(unit))")
        }
        return configuration
    }

    /// Pairs of settings of which the first must not exceed the second, and their unit.
    private static let ordered = [
        ("hash_memory", "hash_memory_limit", "KiB"), ("wait_first", "wait_longest", "s"),
        ("guess_window", "guess_memory", "s"),
    ]

    private static func read(
        _ line: ConfigurationText.Line, of name: String, into configuration: inout Configuration, seen: inout [Int]
    ) throws(ConfigurationError) {
        func fail(_ problem: String) -> ConfigurationError {
            ConfigurationError(explanation: "\(name):\(line.number): \(problem)")
        }
        guard let key = line.name.map({ String(decoding: $0, as: UTF8.self) }) else {
            throw fail("must be a line 'name = value'")
        }
        let value = String(decoding: line.value, as: UTF8.self)
        guard let index = Setting.index(of: key) else {
            throw fail("unknown setting '\(key)'; did you mean '\(nearest(to: key))'?")
        }
        guard seen[index] == 0 else { throw fail("\(key) was already set in line \(seen[index])") }
        seen[index] = line.number
        switch Setting.all[index].read(value) {
        case .valid(let value): configuration[key] = value
        case .invalid(let problem): throw fail("\(key) = \(value): \(problem)")
        }
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
