package import Bytes

/// The server's side of one PLAIN or LOGIN exchange.
package struct SASLExchange: Sendable {
    /// The result of a message of the client.
    package enum Progress: ~Copyable {
        /// `challenge` is to be sent next.
        case challenge
        case credentials(Credentials)
        /// What the client sent is no message of the mechanism.
        case malformed
    }

    /// The result of a complete exchange.
    package struct Credentials: ~Copyable, Sendable {
        /// The identity that the client wants to act as; empty: its own.
        package let authorizationIdentity: [UInt8]
        /// Not validated.
        package let userName: [UInt8]
        /// The password.
        package let secret: Secret

        /// Hands the secret to its next owner.
        package consuming func takeSecret() -> Secret { secret }
    }

    /// Bytes of a user name that are kept between two messages; names this long are malformed in any case.
    private static let maxUserNameLength = 512

    private let mechanism: DovecotAuth.Mechanism
    /// The user name of a LOGIN exchange, once it is given.
    private var userName: [UInt8]?

    /// Begins an exchange.
    package init(_ mechanism: DovecotAuth.Mechanism) { self.mechanism = mechanism }

    /// The challenge to be sent next.
    package var challenge: [UInt8] {
        switch mechanism {
        case .plain: []
        case .login: Array((userName == nil ? "Username:" : "Password:").utf8)
        }
    }

    /// Takes the client's next message.
    package mutating func receive(_ response: consuming Secret) -> Progress {
        switch mechanism {
        case .plain: return Self.plain(response)
        case .login:
            if let userName {
                return .credentials(Credentials(authorizationIdentity: [], userName: userName, secret: response))
            }
            userName = unsafe response.withBytes { unsafe Array($0.prefix(Self.maxUserNameLength)) }
            return .challenge
        }
    }

    private static func plain(_ message: borrowing Secret) -> Progress {
        unsafe message.withBytes { bytes in
            guard let parts = split(unsafe Span(_unsafeBytes: bytes)) else { return .malformed }
            return unsafe .credentials(
                Credentials(
                    authorizationIdentity: Array(bytes[parts.identity]), userName: Array(bytes[parts.userName]),
                    secret: Secret(copying: UnsafeRawBufferPointer(rebasing: bytes[parts.secret]))))
        }
    }

    /// Where the parts of a message of PLAIN are.
    package struct Parts {
        /// The authorization identity's bytes.
        package let identity: Range<Int>
        /// The user name's bytes.
        package let userName: Range<Int>
        /// The password's bytes.
        package let secret: Range<Int>
    }

    /// Splits a message of PLAIN: `authzid NUL authcid NUL passwd` (RFC 4616, section 2). Nil unless it has exactly two
    /// NULs.
    package static func split(_ message: Span<UInt8>) -> Parts? {
        guard let first = message.position(of: 0),
            let length = message.extracting((first + 1)..<message.count).position(of: 0)
        else { return nil }
        let second = first + 1 + length
        guard message.extracting((second + 1)..<message.count).position(of: 0) == nil else { return nil }
        return Parts(identity: 0..<first, userName: first + 1..<second, secret: second + 1..<message.count)
    }
}
