/// What Dovecot 2.3 says about an attempt in the environment (src/auth/db-checkpassword.c). Untrusted: clients choose
/// parts of it.
package struct CheckpasswordEnvironment {
    /// What the program is asked to do.
    package enum Mode: Equatable, Sendable {
        /// Verify a password.
        case verify
        /// Find out where the user's mail is, or whether the user exists; no password is given.
        case lookUp
        /// Return the stored password, for a mechanism that does not transmit it or for a master user. Postern returns
        /// none.
        case credentials
    }

    /// What the program is asked to do.
    package let mode: Mode
    /// Dovecot's name of the protocol.
    package let service: String
    /// The client's address as Dovecot wrote it; empty: not given.
    package let remoteAddress: String
    /// Dovecot's id of the session; nil: not given.
    package let session: [UInt8]?
    /// The master user that signs in as this user; nil: none.
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
