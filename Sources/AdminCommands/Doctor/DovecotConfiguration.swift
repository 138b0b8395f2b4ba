/// The output of `doveconf -n`: settings, and blocks in braces. 2.3 and 2.4 print the same format.
struct DovecotConfiguration {
    /// Settings by their path, such as `service auth/extra_groups`; of several blocks with one name the last one
    /// counts.
    private var settings: [String: String] = [:]
    /// Blocks of the outermost level in order, each with its settings.
    private var topBlocks: [(name: String, settings: [String: String])] = []

    init(_ output: String) {
        var path: [String] = []
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            if words.last == "{" {
                let name = words.dropLast().joined(separator: " ")
                if path.isEmpty { topBlocks.append((name, [:])) }
                path.append(name)
            } else if first == "}" {
                _ = path.popLast()
            } else if words.count >= 2, words[1] == "=" {
                let value = words.dropFirst(2).joined(separator: " ")
                settings[(path + [String(first)]).joined(separator: "/")] = value
                if path.count == 1 { topBlocks[topBlocks.count - 1].settings[String(first)] = value }
            }
        }
    }

    subscript(path: String) -> String? { settings[path] }

    /// Settings of each block of this kind, named (2.4) or not (2.3).
    func blocks(_ kind: String) -> [[String: String]] {
        topBlocks.filter { $0.name == kind || $0.name.hasPrefix(kind + " ") }.map(\.settings)
    }
}
