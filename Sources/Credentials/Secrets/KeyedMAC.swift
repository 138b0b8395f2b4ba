package import Bytes
import CPostern

/// HMAC-SHA-256 of (account, 0, secret), with the key already processed: keying costs more than a short message. The
/// state is wiped on deinitialisation.
@safe package final class KeyedMAC: @unchecked Sendable {
    private let state: UnsafeMutableRawBufferPointer
    /// The MACs of each later key, which the result passes through in turn.
    private let later: [KeyedMAC]
    /// Bytes of the result, and of what passes from one key to the next.
    private let length: Int

    /// Copies the key into the state and wipes it.
    init(wiping key: inout [UInt8], length: Int = Digest.sha256.length, later: [KeyedMAC] = []) {
        unsafe state = .allocate(byteCount: postern_mac_state_size(), alignment: 16)
        unsafe postern_mac_set_key(state.baseAddress, key, key.count)
        wipe(&key)
        self.length = length
        self.later = later
    }

    /// A MAC under a random key that exists only in this process.
    package static func ephemeral(length: Int = Digest.sha256.length) -> KeyedMAC {
        var key = (0..<32).map { _ in UInt8.random(in: 0...255) }
        return KeyedMAC(wiping: &key, length: length)
    }

    deinit {
        unsafe postern_wipe(state.baseAddress, state.count)
        unsafe state.deallocate()
    }

    /// HMAC-SHA-256 of (account, 0, secret), cut to the length of this key's MACs.
    package func mac(account: String, secret: borrowing Secret) -> [UInt8] {
        var account = account
        var made = [UInt8](repeating: 0, count: Digest.sha256.length)
        account.withUTF8 { name in
            unsafe secret.withBytes {
                unsafe postern_mac(state.baseAddress, name.baseAddress, name.count, $0.baseAddress, $0.count, &made)
            }
        }
        made.removeLast(made.count - length)
        return later.reduce(made) { $1.mac(again: $0) }
    }

    /// The same, but never truncated, from arrays that the caller wipes.
    package func verifier(_ account: [UInt8], _ secret: [UInt8]) -> AppPasswordVerifier {
        var made = AppPasswordVerifier()
        unsafe withUnsafeMutableBytes(of: &made) {
            unsafe postern_mac(state.baseAddress, account, account.count, secret, secret.count, $0.baseAddress)
        }
        for step in later {
            let before = made
            unsafe withUnsafeBytes(of: before) { before in
                unsafe withUnsafeMutableBytes(of: &made) {
                    unsafe postern_mac(step.state.baseAddress, nil, 0, before.baseAddress, before.count, $0.baseAddress)
                }
            }
        }
        return made
    }

    /// The MAC of a MAC, as long as that one.
    func mac(again inner: [UInt8]) -> [UInt8] {
        var made = [UInt8](repeating: 0, count: Digest.sha256.length)
        unsafe postern_mac(state.baseAddress, nil, 0, inner, inner.count, &made)
        made.removeLast(made.count - inner.count)
        return made
    }
}

/// The stored form of a generated app password: a MAC of its account and its text.
package struct AppPasswordVerifier: Equatable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    var bytes: [UInt8] { unsafe withUnsafeBytes(of: words) { unsafe Array($0) } }

    package static func == (left: AppPasswordVerifier, right: AppPasswordVerifier) -> Bool { left.words == right.words }

    /// A hash value; any part of a MAC is as good as another.
    package var hash: UInt64 { words.0 }
}
