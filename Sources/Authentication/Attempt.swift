package import Bytes
package import Credentials

/// One attempt to sign in, as a channel received it; nothing in it is validated.
package final class Attempt: Sendable {
    /// As the client sent it.
    package let userName: [UInt8]
    /// The SASL authorization identity; empty: the user itself.
    package let authorizationIdentity: [UInt8]
    /// The master user whose secret Dovecot accepted for this attempt; nil: none.
    package let masterUser: [UInt8]?
    /// The password as it was given, parsed once.
    package let secret: PresentedSecret
    /// A second-factor code, for `web`; empty: none.
    package let code: PresentedSecret
    /// The channel's name of the service.
    package let service: String
    /// The client's address; nil if the channel gives none.
    package let address: IPAddress?
    /// The network that guesses are counted for.
    package let network: Network
    /// The channel's name for the session; nil when it gives none.
    package let session: [UInt8]?
    /// Whether a webmail wants an app password for this session, if the attempt is granted on `web`.
    package let wantsAppPassword: Bool

    /// Whether the caller has seen a second-factor code of this account's owner in the last minutes: none is asked for.
    package let isSecondFactorProved: Bool

    /// Makes an attempt, which takes ownership of the secrets.
    package init(
        userName: [UInt8], authorizationIdentity: [UInt8] = [], masterUser: [UInt8]? = nil, secret: consuming Secret,
        code: consuming Secret = Secret([]), service: String,
        address: IPAddress?, session: [UInt8]? = nil, wantsAppPassword: Bool = false,
        isSecondFactorProved: Bool = false
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
        self.isSecondFactorProved = isSecondFactorProved
    }
}
