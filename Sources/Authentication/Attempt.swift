package import Bytes
package import Credentials

/// One attempt to sign in, as a channel received it: nothing in it is checked yet.
package final class Attempt: Sendable {
    package let userName: [UInt8]
    /// Whom SASL is asked to sign in as; empty: nobody but the user.
    package let authorizationIdentity: [UInt8]
    /// The master user whose secret this is, as Dovecot says; nil: the user's own.
    package let masterUser: [UInt8]?
    package let secret: PresentedSecret
    /// A second-factor code, for `web`; empty: none was given.
    package let code: PresentedSecret
    /// The service by the channel's own name for it.
    package let service: String
    /// Nil when the channel gives none.
    package let address: IPAddress?
    package let network: Network
    /// The channel's name for the session; nil when it gives none.
    package let session: [UInt8]?
    /// A webmail wants an app password for this session, if the attempt is granted on `web`.
    package let wantsAppPassword: Bool

    package init(
        userName: [UInt8], authorizationIdentity: [UInt8] = [], masterUser: [UInt8]? = nil, secret: consuming Secret,
        code: consuming Secret = Secret([]), service: String,
        address: IPAddress?, session: [UInt8]? = nil, wantsAppPassword: Bool = false
    ) {
        self.userName = userName
        self.authorizationIdentity = authorizationIdentity
        self.masterUser = masterUser
        self.secret = PresentedSecret(secret)
        self.code = PresentedSecret(code)
        self.service = service
        self.address = address
        network = Network(of: address)
        self.session = session
        self.wantsAppPassword = wantsAppPassword
    }
}
