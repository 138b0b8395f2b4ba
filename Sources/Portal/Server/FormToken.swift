import Bytes
import Credentials

/// Proves that a form was made for this session and this path: a nonce, and its MAC under the session's token. posternd
/// accepts each nonce once.
enum FormToken {
    /// - Returns: Nil if the kernel has no random bytes.
    static func make(_ session: String, _ path: String) -> String? {
        guard let nonce = try? randomBytes(Store.formNonceLength) else { return nil }
        return hex(nonce) + hex(mac(session, path, nonce))
    }

    /// Returns the nonce of a token that was made for this session and this path.
    static func read(_ token: String, _ session: String, _ path: String) -> [UInt8]? {
        guard let bytes = decodeHex(token[...]), bytes.count > Store.formNonceLength else { return nil }
        let nonce = Array(bytes[..<Store.formNonceLength])
        return constantTimeEquals(Array(bytes[nonce.count...]), mac(session, path, nonce)) ? nonce : nil
    }

    private static func mac(_ session: String, _ path: String, _ nonce: [UInt8]) -> [UInt8] {
        Digest.sha256.hmac(key: Secret(Array(session.utf8)), nonce + Array(path.utf8))
    }
}
