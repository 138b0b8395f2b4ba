/// The result of using a second-factor code.
package enum CodeResult: Sendable, Equatable {
    /// Right, and used up from now on.
    case accepted
    case wrong(CodeFault?)
}

/// A known reason why a code was not accepted.
package enum CodeFault: Sendable, Equatable {
    /// Right, but already used up.
    case used
    /// Right by a clock that is that many seconds ahead of ours; negative: behind.
    case otherClock(Int64)

    /// The text that follows "a code" in a message.
    package var explanation: String {
        switch self {
        case .used: "that was already used"
        case .otherClock(let seconds):
            "of a clock \(seconds.magnitude) seconds \(seconds > 0 ? "ahead of" : "behind") this machine's"
        }
    }
}

/// The result of checking a code without using it up.
package enum CodeLook: Sendable {
    /// The step whose code it is (RFC 6238).
    case step(Int64)
    /// The verifier of a recovery code.
    case recovery([UInt8])
    case wrong(CodeFault?)
}
