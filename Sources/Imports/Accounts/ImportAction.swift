import Credentials

/// What an import does with an account.
enum ImportAction: Equatable {
    /// Adds it.
    case add
    /// Skips it: an account of this name exists that was not imported from this source.
    case skipForeign
    /// Skips it: it was removed in Postern.
    case skipRemoved
    /// Changes nothing: the account did not change in the source.
    case unchanged
    /// Makes it as the source has it.
    case update
    /// Adds new app passwords only: it was changed in the source and in Postern.
    case leave
    /// Adds new app passwords only, and remembers the present state in Postern for later imports: a version without
    /// generations in its marks imported it.
    case adopt

    /// - Parameters:
    ///   - mark: The mark of the previous import from this source, if there was one.
    ///   - digest: The digest of the source's present record.
    ///   - generation: The account's present generation in Postern; nil if there is no such account.
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
            self = .unchanged
        } else {
            self = marked == generation ? .update : .leave
        }
    }
}

/// How much of a source's record is imported.
enum ImportExtent {
    case whole
    /// Only app passwords that are new in the source.
    case newAppPasswords
    /// Only app passwords that are new in the source; the marks of the others are renewed.
    case newAppPasswordsRemembered
}

extension ImportAction {
    var extent: ImportExtent {
        switch self {
        case .add, .update: .whole
        case .adopt: .newAppPasswordsRemembered
        case .leave, .unchanged, .skipForeign, .skipRemoved: .newAppPasswords
        }
    }
}
