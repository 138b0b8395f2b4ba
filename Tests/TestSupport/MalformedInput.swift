/// The frozen corpora of what clients should not send.
package enum MalformedInput {
    package struct Case: Sendable, CustomStringConvertible {
        /// As the file has it.
        package let description: String
        package let bytes: [UInt8]
        /// The first column, where there is one.
        package let expectation: String
    }

    package static let auth: [Case] = read("malformed-auth.txt").map { line in
        let cells = line.split(separator: "\t", maxSplits: 1).map(String.init)
        return Case(description: line, bytes: bytes(cells.last ?? ""), expectation: cells[0])
    }

    package static let policy: [Case] = read("malformed-policy.txt").map {
        Case(description: $0, bytes: bytes($0), expectation: "closed")
    }

    private static func read(_ name: String) -> [String] {
        lines(of: Repository.file("Tests/Vectors/\(name)")).filter { !$0.hasPrefix("#") }
    }

    private static func bytes(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        for (index, piece) in text.split(separator: "@", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1, let count = Int(piece) {
                result += [UInt8](repeating: UInt8(ascii: "a"), count: count)
            } else {
                result += Injection.unescape(String(piece))
            }
        }
        return result
    }
}
