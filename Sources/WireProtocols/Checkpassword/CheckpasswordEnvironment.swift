/// What Dovecot 2.3 says about an attempt in the environment (src/auth/db-checkpassword.c). Untrusted: clients choose
/// parts of it.
package struct CheckpasswordEnvironment {
    package enum Mode: Equatable, Sendable {
        /// A password is to be verified.
        case verify
        /// Where the user's mail is, or whether there is such a user; no password is given.
        case lookUp
        /// The user's credential, for a mechanism that does not show the password or for a master user: there is none.
        case credentials
    }

    package let mode: Mode
    package let service: String
    /// As written; empty when the channel gives none.
    package let remoteAddress: String
    package let session: [UInt8]?
    /// Set when somebody signs in as somebody else (Dovecot's master users).
    package let masterUser: [UInt8]?

    /// - Parameter value: The value of an environment variable; nil when it is not set.
    package init(_ value: (String) -> [UInt8]?) {
        func text(_ name: String) -> String? { value(name).map { String(decoding: $0, as: UTF8.self) } }
        if value("CREDENTIALS_LOOKUP") != nil, value("SCHEME")?.isEmpty == false || value("MASTER_USER") != nil {
            mode = .credentials
        } else {
            mode = value("AUTHORIZED") == nil && value("CREDENTIALS_LOOKUP") == nil ? .verify : .lookUp
        }
        service = text("SERVICE") ?? ""
        remoteAddress = text("TCPREMOTEIP") ?? ""
        session = value("AUTH_SESSION").flatMap { $0.isEmpty ? nil : $0 }
        masterUser = value("MASTER_USER").flatMap { $0.isEmpty ? nil : $0 }
    }
}
