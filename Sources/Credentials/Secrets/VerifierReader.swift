import Bytes

/// What the store keeps of a generated app password: a MAC of its account and its text.
package struct Verifier: Equatable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == MemoryLayout<Self>.size else { return nil }
        unsafe withUnsafeMutableBytes(of: &words) { unsafe $0.copyBytes(from: bytes) }
    }

    package static func == (left: Verifier, right: Verifier) -> Bool { left.words == right.words }

    /// As good as any hash of it.
    package var hash: UInt64 { words.0 }
}

/// Reads name and secret as they came over the wire, in buffers that are used again, and gives what a generated app password of
/// that name is found by.
package struct VerifierReader: ~Copyable {
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
    package mutating func read(_ userName: Span<UInt8>, _ secret: Span<UInt8>) -> Verifier? {
        guard AccountName.readASCII(userName, defaultDomain: defaultDomain, into: &name) else { return nil }
        defer { wipeKeepingCapacity(&text) }
        return AppPasswordText.readGenerated(secret, into: &text) ? key.verifier(name, text) : nil
    }
}
