/// What Dovecot 2.3 says about an attempt in the environment (src/auth/db-checkpassword.c). Untrusted: clients choose
/// parts of it.
package struct CheckpasswordEnvironment {
    package enum Mode: Equatable, Sendable {
        /// A password is to be verified.
        case verify
        /// Where the user's mail is, or whether there is such a user; no password is given.
        case lookUp
    }

    package let mode: Mode
    package let service: String
    /// As written; empty when the channel gives none.
    package let remoteAddress: String
    package let session: [UInt8]?
    /// Set when somebody signs in as somebody else (Dovecot's master users).
    package let masterUser: String?

    /// - Parameter value: The value of an environment variable; nil when it is not set.
    package init(_ value: (String) -> [UInt8]?) {
        func text(_ name: String) -> String? { value(name).map { String(decoding: $0, as: UTF8.self) } }
        mode = value("AUTHORIZED") == nil && value("CREDENTIALS_LOOKUP") == nil ? .verify : .lookUp
        service = text("SERVICE") ?? ""
        remoteAddress = text("TCPREMOTEIP") ?? ""
        session = value("AUTH_SESSION").flatMap { $0.isEmpty ? nil : $0 }
        masterUser = text("MASTER_USER").flatMap { $0.isEmpty ? nil : $0 }
    }
}
