package import Credentials

/// The template of `mail_home`: `%u` the account's name, `%n` the part before the @, `%d` the part after it.
package struct MailHome {
    private enum Piece {
        case text([UInt8])
        case name
        case localPart
        case domain
    }

    private var pieces: [Piece] = []

    /// Nil when a `%` stands before anything but `u`, `n`, `d` and `%`.
    package init?(_ template: String) {
        var text: [UInt8] = []
        var bytes = template.utf8.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "%") else {
                text.append(byte)
                continue
            }
            let piece: Piece
            switch bytes.next() {
            case UInt8(ascii: "u"): piece = .name
            case UInt8(ascii: "n"): piece = .localPart
            case UInt8(ascii: "d"): piece = .domain
            case UInt8(ascii: "%"): piece = .text([UInt8(ascii: "%")])
            default: return nil
            }
            pieces += [.text(text), piece]
            text = []
        }
        pieces.append(.text(text))
    }

    package func expand(_ account: AccountName) -> String {
        let name = Array(account.text.utf8)
        let at = name.lastIndex(of: UInt8(ascii: "@"))
        var path: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .text(let text): path += text
            case .name: path += name
            case .localPart: path += name[..<(at ?? name.endIndex)]
            case .domain: path += name[(at.map { $0 + 1 } ?? name.endIndex)...]
            }
        }
        return String(decoding: path, as: UTF8.self)
    }
}
