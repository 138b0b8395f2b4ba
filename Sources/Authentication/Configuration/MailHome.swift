package import Credentials

/// The template of `mail_home`: `%u` the account's name, `%n` the part before the @, `%d` the part after it.
package struct MailHome {
    private enum Piece {
        /// Where it lies in `text`.
        case text(Range<Int>)
        case name
        case localPart
        case domain
    }

    private var pieces: [Piece] = []
    private var text: [UInt8] = []

    /// Nil when a `%` stands before anything but `u`, `n`, `d` and `%`.
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

    package func expand(_ account: AccountName) -> String {
        let name = account.text.utf8
        let at = name.lastIndex(of: UInt8(ascii: "@"))
        var path: [UInt8] = []
        path.reserveCapacity(text.count + 2 * name.count)
        for piece in pieces {
            switch piece {
            case .text(let place): path += text[place]
            case .name: path += name
            case .localPart: path += name[..<(at ?? name.endIndex)]
            case .domain: path += name[(at.map { name.index(after: $0) } ?? name.endIndex)...]
            }
        }
        return String(decoding: path, as: UTF8.self)
    }
}
