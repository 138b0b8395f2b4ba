/// The text of a configuration file: `name = value` lines and `#` comments. A line that begins with white space continues
/// the line before, as in Postfix's main.cf. postern-checkpassword reads its one setting with this, too.
package struct ConfigurationText {
    /// Where the configuration is read from unless `--config` says otherwise.
    package static let defaultPath = "/etc/postern/postern.conf"
    /// Bytes; a larger file is some other file.
    package static let maxSize = 65_536

    /// One setting, without white space around its parts.
    package struct Line {
        /// The number of its first line, from 1.
        package let number: Int
        /// Nil if the line has no `=`.
        package let name: ArraySlice<UInt8>?
        /// Continued lines are joined by a space.
        package let value: ArraySlice<UInt8>
    }

    private let text: [UInt8]
    private var start = 0
    private var number = 0

    /// Begins with the first line. Nil if the text has too many bytes, or a NUL.
    package init?(_ text: [UInt8]) {
        guard text.count < Self.maxSize, !text.contains(0) else { return nil }
        self.text = text
    }

    // Bytes all the way, and no lists of lines: this runs at the start of every sign-in.

    /// The next setting; nil after the last.
    package mutating func next() -> Line? {
        while start < text.count {
            number += 1
            let first = number
            var line = Self.trim(text[start..<end])
            start = end + 1
            guard !line.isEmpty, line.first != UInt8(ascii: "#") else { continue }
            // Lines that begin with white space go on with this one; comments and empty lines between do not end it.
            while start < text.count {
                let next = text[start..<end]
                let more = Self.trim(next)
                let isComment = more.isEmpty || more.first == UInt8(ascii: "#")
                guard isComment || next.first.map(Self.isSpace) == true else { break }
                if !isComment {
                    line.append(UInt8(ascii: " "))
                    line.append(contentsOf: more)
                }
                start += next.count + 1
                number += 1
            }
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
                return Line(number: first, name: nil, value: line)
            }
            return Line(number: first, name: Self.trim(line[..<equals]), value: Self.trim(line[(equals + 1)...]))
        }
        return nil
    }

    /// The end of the line that begins at `start`.
    private var end: Int { text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }

    private static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
        let end = bytes.lastIndex { !isSpace($0) } ?? start
        return start == bytes.endIndex ? [] : bytes[start...end]
    }
}
