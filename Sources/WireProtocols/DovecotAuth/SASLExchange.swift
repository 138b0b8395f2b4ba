package import Bytes

/// The server's side of one PLAIN or LOGIN exchange.
package struct SASLExchange: Sendable {
    package enum Progress: ~Copyable {
        /// The `challenge` that comes next.
        case challenge
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
        package let identity: Range<Int>
        package let userName: Range<Int>
        package let secret: Range<Int>
    }

    /// `authzid NUL authcid NUL passwd`, with exactly two NULs (RFC 4616, section 2).
    package static func split(_ message: Span<UInt8>) -> Parts? {
        guard let first = message.place(of: 0),
            let length = message.extracting((first + 1)..<message.count).place(of: 0)
        else { return nil }
        let second = first + 1 + length
        guard message.extracting((second + 1)..<message.count).place(of: 0) == nil else { return nil }
        return Parts(identity: 0..<first, userName: first + 1..<second, secret: second + 1..<message.count)
    }
}
