package import Bytes

/// The server's side of one PLAIN or LOGIN exchange.
package struct SASLExchange: Sendable {
    package enum Progress: ~Copyable {
        case challenge([UInt8])
        case credentials(Credentials)
        /// What the client sent is no message of the mechanism's.
        case malformed
    }

    package struct Credentials: ~Copyable, Sendable {
        package let authorizationIdentity: [UInt8]
        package let userName: [UInt8]
        package let secret: Secret

        /// The secret, for its next owner.
        package consuming func takeSecret() -> Secret { secret }
    }

    /// Octets of a user name that are kept between two messages. A longer one than 254 is malformed in any case.
    private static let longestUserName = 512

    private let mechanism: DovecotAuth.Mechanism
    /// Of LOGIN, once it was given.
    private var userName: [UInt8]?

    package init(_ mechanism: DovecotAuth.Mechanism) { self.mechanism = mechanism }

    /// What to ask for next.
    package var challenge: [UInt8] {
        switch mechanism {
        case .plain: []
        case .login: Array((userName == nil ? "Username:" : "Password:").utf8)
        }
    }

    package mutating func receive(_ response: consuming Secret) -> Progress {
        switch mechanism {
        case .plain: return Self.plain(response)
        case .login:
            if let userName {
                return .credentials(Credentials(authorizationIdentity: [], userName: userName, secret: response))
            }
            userName = unsafe response.withBytes { unsafe Array($0.prefix(Self.longestUserName)) }
            return .challenge(challenge)
        }
    }

    /// `authzid NUL authcid NUL passwd`, with exactly two NULs (RFC 4616, section 2).
    private static func plain(_ message: borrowing Secret) -> Progress {
        var bytes = unsafe message.withBytes { unsafe Array($0) }
        defer { wipe(&bytes) }
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return .malformed }
        var password = Array(parts[2])
        return .credentials(
            Credentials(
                authorizationIdentity: Array(parts[0]), userName: Array(parts[1]), secret: Secret(wiping: &password)))
    }
}
