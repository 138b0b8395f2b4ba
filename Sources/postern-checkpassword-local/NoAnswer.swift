#if !hasFeature(Embedded)
    import Credentials
#endif

/// How posternd failed to answer. postern-checkpassword hands it over in one word, with `--no-answer`.
enum NoAnswer: Error {
    /// An errno value.
    case system(Int32)
    case closed
    case tooLong

    var word: String {
        switch self {
        case .system(let code): "\(code)"
        case .closed: "closed"
        case .tooLong: "too-long"
        }
    }

    #if !hasFeature(Embedded)
        /// What the first two arguments say; nil if they are others.
        init?(_ arguments: Arguments) {
            guard arguments[1] == "--no-answer", let word = arguments[2] else { return nil }
            switch word {
            case Self.closed.word: self = .closed
            case Self.tooLong.word: self = .tooLong
            default:
                guard let code = Int32(word) else { return nil }
                self = .system(code)
            }
        }

        /// For the log.
        var explanation: String {
            switch self {
            case .system(let code): systemMessage(code)
            case .closed: "it closed the connection"
            case .tooLong: "its answer is too long"
            }
        }
    #endif
}
