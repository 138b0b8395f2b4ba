/// Something that takes whatever a peer sends. It traps where it should not, or where a property does not hold.
struct Target: Sendable {
    let name: String
    let run: @Sendable ([UInt8]) -> Void

    static let all =
        AuthProtocolState.allCases.map { state in Target(name: "auth-\(state.rawValue)") { fuzzAuthProtocol($0, state) }
        }
        + [
            Target(name: "policy", run: fuzzPolicy), Target(name: "checkpassword", run: fuzzCheckpassword),
            Target(name: "configuration", run: fuzzConfiguration), Target(name: "hash", run: fuzzHash),
            Target(name: "app-password", run: fuzzAppPassword), Target(name: "network", run: fuzzNetwork),
            Target(name: "otpauth", run: fuzzOTPAuth), Target(name: "log-line", run: fuzzLogLine),
            Target(name: "sql-dump", run: fuzzSQLDump), Target(name: "passwd-file", run: fuzzPasswdFile),
        ]

    /// By the first argument.
    static let chosen = all.first { CommandLine.arguments.dropFirst().first == $0.name }
}

/// Ends the run as a finding.
func expect(_ isTrue: Bool, _ what: @autoclosure () -> String) {
    if !isTrue { fatalError(what()) }
}
