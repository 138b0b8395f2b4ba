import Bytes

/// What the store keeps of a generated app password: a MAC of its account and its text.
package struct Verifier: Equatable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 {
            bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
    }

    package static func == (left: Verifier, right: Verifier) -> Bool { left.words == right.words }

    /// As good as any hash of it.
    package var hash: UInt64 { words.0 }
}

/// Reads name and secret as they came over the wire, in buffers that are used again, and gives what a generated app password of
/// that name is found by.
package final class VerifierReader {
    private let key: KeyedMAC
    private let defaultDomain: String
    private var name: [UInt8] = []
    private var text: [UInt8] = []

    package init(_ keys: Keys, defaultDomain: String) {
        key = keys.appPassword
        self.defaultDomain = defaultDomain
        name.reserveCapacity(AccountName.longestInput)
        text.reserveCapacity(AppPasswordText.longestInput)
    }

    /// Nil where the secret is none, and for names beyond ASCII.
    package func read(_ userName: ArraySlice<UInt8>, _ secret: ArraySlice<UInt8>) -> Verifier? {
        guard AccountName.readASCII(userName, defaultDomain: defaultDomain, into: &name) else { return nil }
        defer { wipeKeepingCapacity(&text) }
        guard unsafe secret.withUnsafeBytes({ unsafe AppPasswordText.readGenerated($0, into: &text) }) else {
            return nil
        }
        let made = unsafe name.withUnsafeBytes { name in
            unsafe text.withUnsafeBytes { unsafe key.mac(name, $0) }
        }
        return Verifier(made)
    }
}
