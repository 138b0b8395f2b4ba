package import Bytes
package import Credentials

/// A granted sign-in.
package struct Grant: Sendable {
    /// The kind of credential that was right.
    package enum Credential: Sendable {
        case mainPassword
        case appPassword(AppPassword)

        /// Its name in the store.
        var name: String {
            switch self {
            case .mainPassword: Store.mainCredential
            case .appPassword(let appPassword): appPassword.id
            }
        }

        var isOfSession: Bool {
            switch self {
            case .mainPassword: false
            case .appPassword(let appPassword): appPassword.isOfSession
            }
        }
    }

    /// Who signed in.
    package let account: AccountState
    /// The credential that was used.
    package let credential: Credential
    /// Whether policy requires a second factor and none is enrolled yet.
    package var enrolmentPending = false
    /// The app password that a webmail gets for its session; nil: none.
    package var session: SessionPassword?
    /// Why the webmail gets none, if it should have got one.
    var sessionFailure: Unavailability?
}

/// The app password of a webmail's session.
package final class SessionPassword: Sendable {
    /// The app password's id.
    package let id: String
    /// The secret as it is displayed, in groups.
    package let secret: Secret
    /// When it expires.
    package let expires: Timestamp

    init(id: String, secret: consuming Secret, expires: Timestamp) {
        self.id = id
        self.secret = secret
        self.expires = expires
    }
}
