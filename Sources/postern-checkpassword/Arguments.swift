/// `[--config FILE] [REPLY-PROGRAM]`; Dovecot adds the last.
enum Arguments {
    enum Reading {
        /// Nil: the default configuration file.
        case valid(configuration: String?)
        case invalid(String)
    }

    static func read(_ arguments: [String]) -> Reading {
        var rest = arguments.dropFirst()
        var configuration: String?
        if rest.first == "--config" {
            guard rest.count >= 2 else { return .invalid("--config wants a file") }
            rest.removeFirst()
            configuration = rest.removeFirst()
        }
        guard rest.count <= 1, rest.first?.hasPrefix("-") != true else {
            return .invalid("unknown arguments; usage: postern-checkpassword [--config FILE] REPLY-PROGRAM")
        }
        return .valid(configuration: configuration)
    }
}
