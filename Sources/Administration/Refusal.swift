import Authentication
package import Credentials

/// Why a request was refused. A value rather than a text, so that each caller can word it for its users.
package enum Refusal: Error, Sendable {
    // MARK: Names
    case notAUserName(String)
    case notADomain(String)
    case noAccount(AccountName)
    /// A user name that no new account may have.
    case cannotBeAccount(AccountName)
    /// An account of this name, or of another spelling of it, exists.
    case accountExists(AccountName)

    // MARK: Aliases
    case notAnAlias(String)
    case ownAddress(SenderAddress)
    case aliasExists(SenderAddress, AccountName)
    case noAlias(SenderAddress, AccountName)

    // MARK: Secrets
    case mainPassword(MainPasswordFault)
    case hash(HashError)

    // MARK: App passwords
    case appPasswordName
    case appPasswordForWeb
    case appPasswordWithoutService
    /// The account has as many live app passwords as policy allows.
    case tooManyAppPasswords(AccountName, live: Int)
    /// The requested end is later than policy allows; `maxAge` in seconds.
    case endsTooLate(maxAge: Int64, latest: Timestamp)
    case endsInThePast(Timestamp)
    /// `max` in seconds.
    case graceTooLong(max: Int64)
    /// There is no such app password, or it is revoked, or it is to be rotated and is disabled.
    case noAppPassword(AccountName)
    /// No app password of this id can have a successor.
    case noneToRotate(AccountName)
    /// The app password has a successor already.
    case rotatedBefore(String, successor: String)
    /// No app password was used since a time in the future: all of them would be revoked.
    case unusedSinceTheFuture(Timestamp)
    case profileWithoutServers
    case profileWithoutServices
    case profileNotEncoded

    /// The session that revoked it can no longer put it back, or another one revoked it.
    case cannotBePutBack(AccountName)
    /// The owner did not pause it, so the owner cannot resume it.
    case disabledByOperator(AccountName)
    case tooManyNetworks(max: Int)
    case notANetwork(String)
    case notATime(String)

    // MARK: Sessions on the page
    case sessionEnded
    /// The last full sign-in was too long ago for this change.
    case notConfirmed
    /// The new main password is the present one, which must be changed.
    case samePassword(AccountName)
    /// The main password must be changed before anything else.
    case mustChangeFirst(AccountName)
    /// The second factor that policy requires must be switched on before anything else.
    case enrolFirst(AccountName)
    case formUsedBefore
    case tooManyForms
    case tooManyNew(max: Int)

    // MARK: Second factors
    /// Policy requires one.
    case secondFactorRequired(AccountName)
    /// It is managed outside Postern.
    case secondFactorIsExternal(AccountName)
    /// It is managed by Postern.
    case secondFactorIsOurs(AccountName)
    /// The account has no second factor that Postern manages.
    case noSecondFactor(AccountName)
    /// No seed was shown in the last day.
    case nothingToConfirm(AccountName)
    /// Nil if it is not a code of the seed at any time.
    case wrongCode(CodeFault?)

    /// One sentence without a full stop: what is wrong and, where it is not obvious, what to do.
    package var explanation: String {
        switch self {
        case .notAUserName(let text):
            """
            \(Printable.text(text)) is not a user name; use one address without spaces, commas, brackets or control \
            characters, of at most \(AccountName.maxNameLength) bytes
            """
        case .notADomain(let text): "\(Printable.text(text)) is not a domain such as example.org"
        case .noAccount(let name): "there is no account \(name.text)"
        case .cannotBeAccount(let name):
            """
            \(Printable.text(name.text)) cannot be an account; use a full address with one @, without " \\ / : ; [ ], \
            and without a '.' at the start or end of a part or next to another
            """
        case .accountExists(let name):
            "account \(name.text) exists already, perhaps in another spelling"
        case .notAnAlias(let text):
            """
            \(Printable.text(text)) is neither an address nor a domain written as @example.org; patterns are not \
            supported, but 'postern account send-as ADDRESS any' lets an account send as any address
            """
        case .ownAddress(let address): "\(address.text) is the account's own address"
        case .aliasExists(let alias, let name): "\(alias.text) is an alias of \(name.text) already"
        case .noAlias(let alias, let name): "\(alias.text) is not an alias of \(name.text)"
        case .mainPassword(let fault): "this main password is refused: \(fault.explanation)"
        case .hash(let error): Printable.text(error.explanation)
        case .appPasswordName:
            "the name of an app password must have 1 to \(NewAppPassword.maxNameLength) visible characters"
        case .appPasswordForWeb: "app passwords are for mail services, not for the web"
        case .appPasswordWithoutService: "an app password needs a service: imap, pop3, smtp or sieve"
        case .tooManyAppPasswords(let name, let live):
            "\(name.text) has \(live) app passwords, and policy allows no more; revoke one first"
        case .endsTooLate(let maxAge, let latest):
            """
            policy limits app passwords to \(Setting.text(ofSeconds: Int(maxAge))): the latest end is \(latest.iso8601)
            """
        case .endsInThePast(let end): "the end \(end.iso8601) is in the past"
        case .graceTooLong(let max): "the grace period must not exceed \(Setting.text(ofSeconds: Int(max)))"
        case .noAppPassword(let name): "\(name.text) has no such app password, or it is revoked; nothing was changed"
        case .noneToRotate(let name): "\(name.text) has no such app password, or it is revoked or disabled"
        case .rotatedBefore(let id, let successor):
            "\(id) was replaced by \(successor) already; rotate or revoke that one"
        case .unusedSinceTheFuture(let time): "\(time.iso8601) is not in the past: every app password would be revoked"
        case .profileWithoutServers: "a profile needs imap_server and smtp_server; set them in the configuration"
        case .profileWithoutServices: "a profile needs an app password for both imap and smtp"
        case .profileNotEncoded: "the profile could not be written as XML; no app password was made"
        case .cannotBePutBack(let name):
            """
            \(name.text) has no such app password that this session revoked in the last \
            \(Setting.text(ofSeconds: Int(OwnerSession.putBackTime)))
            """
        case .disabledByOperator(let name):
            "this app password of \(name.text) was disabled by the operator; only the operator can enable it"
        case .tooManyNetworks(let max): "an app password can have at most \(max) networks on the page"
        case .notANetwork(let text): "\(Printable.text(text)) is neither an address nor a block without host bits"
        case .notATime(let text): "\(Printable.text(text)) is not a date such as 2027-01-31"
        case .sessionEnded: "the session has ended; sign in again"
        case .notConfirmed:
            """
            this needs a full sign-in of the last \(Setting.text(ofSeconds: Int(OwnerSession.confirmedTime))); give \
            password and code again
            """
        case .samePassword(let name): "this is the present main password of \(name.text), which must be changed"
        case .mustChangeFirst(let name): "\(name.text) must change its main password first"
        case .enrolFirst(let name): "\(name.text) must switch its second factor on first"
        case .formUsedBefore: "this form was sent already; nothing was done the second time"
        case .tooManyForms: "this session sent too many forms in a minute; wait a minute"
        case .tooManyNew(let max): "this session made \(max) app passwords within an hour; wait an hour"
        case .secondFactorRequired(let name): "policy requires a second factor for \(name.text)"
        case .secondFactorIsExternal(let name): "\(name.text) has a second factor that is managed outside Postern"
        case .secondFactorIsOurs(let name): "\(name.text) has a second factor that is managed by Postern"
        case .noSecondFactor(let name): "\(name.text) has no second factor that is managed by Postern"
        case .nothingToConfirm(let name): "no new seed was shown to \(name.text) in the last day"
        case .wrongCode(nil): "this is not a code of the seed that was shown last; each code is valid for 30 seconds"
        case .wrongCode(.used?): "this is a code \(CodeFault.used.explanation); wait for the next one"
        case .wrongCode(let fault?):
            "this is a code \(fault.explanation); set both clocks from the network, and try again"
        }
    }
}
