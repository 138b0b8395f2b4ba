/// The arguments `[--config FILE] [REPLY-PROGRAM]`; Dovecot adds the reply program.
@safe struct Arguments {
    enum Reading {
        /// `configuration` is nil for the default file.
        case valid(configuration: String?)
        case invalid(String)
    }

    let values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    /// Takes the arguments where the kernel put them: `CommandLine.arguments` would take a tenth of the program's time.
    init(_ values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) { unsafe self.values = values }

    /// Reads the arguments from the one at `start` on.
    func read(from start: Int = 1) -> Reading {
        let hasOption = self[start]?.utf8.elementsEqual("--config".utf8) == true
        if hasOption, self[start + 1] == nil { return .invalid("--config needs a file") }
        let rest = hasOption ? start + 2 : start
        guard self[rest] == nil || self[rest + 1] == nil, self[rest]?.utf8.first != UInt8(ascii: "-") else {
            return .invalid("unknown arguments; usage: postern-checkpassword [--config FILE] REPLY-PROGRAM")
        }
        return .valid(configuration: hasOption ? self[start + 1] : nil)
    }

    /// An argument; nil after the last. Ask in order: nothing says where the list ends but its end.
    subscript(index: Int) -> String? { unsafe values[index].map { unsafe String(cString: $0) } }
}
