/// The reason why a stored hash gave no answer. Always an outage, never a wrong password.
package enum HashError: Error, Equatable {
    /// A scheme, form or cost that Postern does not support.
    case unusable(scheme: String)
    /// The hash needs more memory than `hash_memory_limit`; both in KiB.
    case overLimit(asked: UInt32, limit: UInt32)
    case outOfMemory
    case noRandom

    /// One sentence: what is wrong and what to do.
    package var explanation: String {
        switch self {
        case .unusable(let scheme): "a stored hash of scheme \(scheme) is not supported"
        case .overLimit(let asked, let limit):
            "a stored hash needs \(asked) KiB of memory; the limit is hash_memory_limit = \(limit)"
        case .outOfMemory: "there is not enough memory to verify a stored hash"
        case .noRandom: "the kernel gave no random bytes"
        }
    }
}
