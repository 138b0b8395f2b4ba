package import Bytes
import CPostern

/// TOTP seeds are stored sealed: a nonce, the encrypted seed and a tag (ChaCha20-Poly1305, RFC 8439), with the account's
/// name as associated data.
extension Keys {
    private static let nonceLength = Int(POSTERN_SEAL_NONCE)
    private static let sealTagLength = Int(POSTERN_SEAL_TAG)

    /// Seals a TOTP seed for one account; nil if the kernel has no random bytes.
    package func seal(_ seed: borrowing Secret, account: AccountName) -> [UInt8]? {
        guard let nonce = try? randomBytes(Self.nonceLength) else { return nil }
        let name = Array(account.text.utf8)
        var sealed = [UInt8](repeating: 0, count: seed.count + Self.sealTagLength)
        unsafe seal.withBytes { key in
            unsafe seed.withBytes { seed in
                unsafe postern_seal(
                    key.baseAddress, nonce, name, name.count, seed.baseAddress, seed.count, &sealed)
            }
        }
        return nonce + sealed
    }

    /// Opens a sealed seed; nil if it was not sealed with these keys for this account.
    package func open(_ sealed: [UInt8], account: AccountName) -> Secret? {
        let count = sealed.count - Self.nonceLength - Self.sealTagLength
        guard count >= 0 else { return nil }
        let name = Array(account.text.utf8)
        var seed = [UInt8](repeating: 0, count: count)
        let isSealed = unsafe seal.withBytes { key in
            unsafe postern_open_sealed(
                key.baseAddress, sealed, name, name.count, Array(sealed.dropFirst(Self.nonceLength)), count, &seed)
        }
        guard isSealed == 1 else { return nil }
        return Secret(wiping: &seed)
    }
}
