import Credentials

/// What an import does with an account.
enum ImportAction: Equatable {
    /// Adds it.
    case add
    /// Nothing: an account of this name exists that did not come from this source.
    case skipForeign
    /// Nothing: it was removed in Postern, and does not come back.
    case skipRemoved
    /// Nothing: the source has it as it had before.
    case nothing
    /// Takes the source's record whole.
    case take
    /// Only adds new app passwords: it was changed in the source and in Postern.
    case leave
    /// The same, and compares with what is in Postern now from the next import on: an earlier version imported it.
    case adopt

    /// - Parameters:
    ///   - mark: Of the last import from this source, if there was one.
    ///   - digest: Of the source's record now.
    ///   - generation: The account's own, now; nil if there is no such account.
    init(mark: ImportMark?, digest: [UInt8], generation: Int64?) {
        guard let generation else {
            self = mark == nil ? .add : .skipRemoved
            return
        }
        guard let mark else {
            self = .skipForeign
            return
        }
        guard let marked = mark.generation else {
            self = .adopt
            return
        }
        if mark.digest == digest, !mark.isIncomplete {
            self = .nothing
        } else {
            self = marked == generation ? .take : .leave
        }
    }
}

/// How much of a source's record is taken.
enum ImportExtent {
    case whole
    /// App passwords that are new in the source.
    case newAppPasswords
    /// The same; what is remembered of the others is renewed.
    case newAppPasswordsRemembered
}

extension ImportAction {
    var extent: ImportExtent {
        switch self {
        case .add, .take: .whole
        case .adopt: .newAppPasswordsRemembered
        case .leave, .nothing, .skipForeign, .skipRemoved: .newAppPasswords
        }
    }
}
