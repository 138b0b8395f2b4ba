import CCheckpassword

/// postern-checkpassword-local, the program beside this one.
struct Local {
    private let arguments: Arguments

    init(_ arguments: Arguments) { self.arguments = arguments }

    /// Becomes that program, with the same arguments and environment.
    ///
    /// - Parameters:
    ///   - request: What was read from descriptor 3, which that program reads again; nil: nothing.
    ///   - noAnswer: What it is to write to the log instead of deciding.
    /// - Returns: The exit status if it cannot be started.
    func start(returning request: [UInt8]? = nil, noAnswer: NoAnswer? = nil) -> Int32 {
        var code: Int32 = 0
        if let request { code = unsafe checkpassword_return(Channel.request, request, request.count) }
        if code == 0 { code = unsafe checkpassword_become_local(arguments.values, noAnswer?.word) }
        checkpassword_report(code)
        return CheckpasswordReply.ExitStatus.unavailable.rawValue
    }
}
