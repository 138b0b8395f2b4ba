/// A parser that is fed arbitrary input. A trap, or a property that does not hold, is a finding.
struct Target: Sendable {
    let name: String
    let run: @Sendable ([UInt8]) -> Void

    static let all =
        AuthProtocolState.allCases.map { state in Target(name: "auth-\(state.rawValue)") { fuzzAuthProtocol($0, state) }
        }
        + [
            Target(name: "account", run: fuzzAccount), Target(name: "policy", run: fuzzPolicy),
            Target(name: "checkpassword", run: fuzzCheckpassword),
            Target(name: "configuration", run: fuzzConfiguration), Target(name: "hash", run: fuzzHash),
            Target(name: "app-password", run: fuzzAppPassword), Target(name: "network", run: fuzzNetwork),
            Target(name: "otpauth", run: fuzzOTPAuth), Target(name: "log-line", run: fuzzLogLine),
            Target(name: "sql-dump", run: fuzzSQLDump), Target(name: "passwd-file", run: fuzzPasswdFile),
        ]

    /// The target that the first argument names.
    static let chosen = all.first { CommandLine.arguments.dropFirst().first == $0.name }
}

/// Stops the run with a finding if the property does not hold.
func expect(_ isTrue: Bool, _ what: @autoclosure () -> String) {
    if !isTrue { fatalError(what()) }
}
