import Bytes

/// The reason why a new secret could not be made or sealed.
package enum SecretFailure: Error, Equatable {
    case noRandom(RandomFailure)
    /// ChaCha20-Poly1305 could not seal a TOTP seed.
    case notSealed
    case notHashed(HashError)

    /// What is wrong, as a sentence without a full stop.
    package var explanation: String {
        switch self {
        case .noRandom(let failure): "no random bytes: \(systemMessage(failure.code))"
        case .notSealed: "a TOTP seed could not be encrypted"
        case .notHashed(let error): error.explanation
        }
    }
}
