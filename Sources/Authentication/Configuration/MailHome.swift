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
        var rest = template[...]
        while let percent = rest.firstIndex(of: "%") {
            pieces.append(.text(String(rest[..<percent])))
            rest = rest[rest.index(after: percent)...]
            switch rest.popFirst() {
            case "u": pieces.append(.name)
            case "n": pieces.append(.localPart)
            case "d": pieces.append(.domain)
            case "%": pieces.append(.text("%"))
            default: return nil
            }
        }
        pieces.append(.text(String(rest)))
    }

    package func expand(_ account: AccountName) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .name: account.text
            case .localPart: account.localPart
            case .domain: account.domain
            }
        }.joined()
    }
}
