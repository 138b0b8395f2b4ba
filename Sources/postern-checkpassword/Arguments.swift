/// The arguments `[--config FILE] [REPLY-PROGRAM]`; Dovecot adds the reply program.
enum Arguments {
    enum Reading {
        /// `configuration` is nil for the default file.
        case valid(configuration: String?)
        case invalid(String)
    }

    /// Reads the arguments where the kernel put them: `CommandLine.arguments` would take a tenth of the program's time.
    static func read() -> Reading {
        let hasOption = argument(1) == "--config"
        if hasOption, argument(2) == nil { return .invalid("--config needs a file") }
        let rest: Int32 = hasOption ? 3 : 1
        guard CommandLine.argc <= rest + 1, argument(rest)?.utf8.first != UInt8(ascii: "-") else {
            return .invalid("unknown arguments; usage: postern-checkpassword [--config FILE] REPLY-PROGRAM")
        }
        return .valid(configuration: hasOption ? argument(2) : nil)
    }

    private static func argument(_ index: Int32) -> String? {
        guard index < CommandLine.argc, let text = unsafe CommandLine.unsafeArgv[Int(index)] else { return nil }
        return unsafe String(cString: text)
    }
}
