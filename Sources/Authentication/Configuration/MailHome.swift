package import Credentials

/// The template of `mail_home`: `%u` the account's name, `%n` the part before the @, `%d` the part after it.
package struct MailHome {
    private enum Piece {
        case text(String)
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
            case UInt8(ascii: "%"): piece = .text("%")
            default: return nil
            }
            pieces += [.text(String(decoding: text, as: UTF8.self)), piece]
            text = []
        }
        pieces.append(.text(String(decoding: text, as: UTF8.self)))
    }

    package func expand(_ account: AccountName) -> String {
        var path = ""
        for piece in pieces {
            switch piece {
            case .text(let text): path += text
            case .name: path += account.text
            case .localPart: path += account.localPart
            case .domain: path += account.domain
            }
        }
        return path
    }
}
