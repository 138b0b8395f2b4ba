/// What is wrong with a new main password.
package enum MainPasswordFault: Sendable, Equatable {
    case empty
    /// It has more bytes than Dovecot passes on.
    case tooLong
    /// It contains a byte that Dovecot refuses.
    case unusableByte
    case tooShort
    case looksLikeAppPassword
    /// It is one of the most common passwords, or a simple pattern.
    case common
    /// It is little more than the account's own name.
    case ownName

    /// The words after "this main password is refused:", without a full stop.
    package var explanation: String {
        switch self {
        case .empty, .tooLong: "it must have 1 to \(MainPasswordRules.maxLength) bytes"
        case .unusableByte: "it must not contain TAB, CR, LF, NUL or byte 1"
        case .tooShort: "it has fewer than \(MainPasswordRules.minCharacters) characters"
        case .looksLikeAppPassword: "it looks like an app password"
        case .common: "it is a common password or a simple pattern"
        case .ownName: "it is little more than the account's own name"
        }
    }
}
