/// What became of a second-factor code.
package enum CodeResult: Sendable, Equatable {
    /// Right, and used up from this moment on.
    case accepted
    case wrong(CodeFault?)
}

/// What can be said about a code that was not accepted.
package enum CodeFault: Sendable, Equatable {
    /// Right, and used up before.
    case used
    /// Right by a clock that is so many seconds ahead of ours; negative: behind.
    case otherClock(Int64)

    /// What follows "a code".
    package var explanation: String {
        switch self {
        case .used: "that was used before"
        case .otherClock(let seconds):
            "of a clock \(seconds.magnitude) seconds \(seconds > 0 ? "ahead of" : "behind") this machine's"
        }
    }
}

/// What a code turned out to be, as long as it is not used.
package enum CodeLook: Sendable {
    /// The step whose code it is (RFC 6238).
    case step(Int64)
    /// The verifier of a recovery code.
    case recovery([UInt8])
    case wrong(CodeFault?)
}
