import Bytes
package import Credentials

/// A template such as `mail_home`: `%u` is the account's name, `%n` the part before the @, `%d` the part after it, `%%`
/// a `%`.
package struct NameTemplate {
    private enum Piece {
        /// A range of `text`.
        case text(Range<Int>)
        case name
        case localPart
        case domain
    }

    private var pieces: [Piece] = []
    private var text: [UInt8] = []

    /// Nil if a `%` is followed by anything but `u`, `n`, `d` or `%`.
    package init?(_ template: String) {
        var bytes = template.utf8.makeIterator()
        var start = 0
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "%") else {
                text.append(byte)
                continue
            }
            let next = bytes.next()
            if next == UInt8(ascii: "%") {
                text.append(UInt8(ascii: "%"))
                continue
            }
            pieces.append(.text(start..<text.count))
            start = text.count
            switch next {
            case UInt8(ascii: "u"): pieces.append(.name)
            case UInt8(ascii: "n"): pieces.append(.localPart)
            case UInt8(ascii: "d"): pieces.append(.domain)
            default: return nil
            }
        }
        pieces.append(.text(start..<text.count))
    }

    /// The template with the account's name filled in.
    package func expand(_ account: AccountName) -> String {
        var path: [UInt8] = []
        append(Array(account.text.utf8).span, to: &path)
        return String(decoding: path, as: UTF8.self)
    }

    /// Appends the template with the account's name filled in.
    ///
    /// - Parameter name: The account's name, as stored.
    package func append(_ name: Span<UInt8>, to path: inout [UInt8]) {
        var at = name.count
        for index in name.indices where name[index] == UInt8(ascii: "@") { at = index }
        for index in pieces.indices {
            switch pieces[index] {
            case .text(let place): path.append(text.span.extracting(place))
            case .name: path.append(name)
            case .localPart: path.append(name.extracting(..<at))
            case .domain: path.append(name.extracting(min(at + 1, name.count)...))
            }
        }
    }
}
