import Authentication
import Credentials

/// Checks whether posternd answers on the configured sockets, and whether its memory limit is large enough. Without
/// posternd only Dovecot 2.3 with checkpassword can authenticate people.
enum DaemonChecks {
    static func run(_ configuration: Configuration) -> [Finding] {
        let sockets = [
            ("auth_socket", configuration.authSocket), ("dovecot_socket", configuration.dovecotSocket),
            ("policy_socket", configuration.policySocket), ("account_socket", configuration.accountSocket),
        ]
        return memory(configuration)
            + sockets.filter { !$0.1.isEmpty }.map { name, path in
                let problem = tryConnecting(to: path)
                guard problem == 0 else {
                    let text =
                        "no answer on \(path) (\(systemMessage(problem))); "
                        + "start posternd and its sockets, or set \(name) to nothing if no server uses it"
                    return Finding(level: .warning, subject: name, text: text)
                }
                return Finding(level: .good, subject: name, text: "posternd answers on \(path)")
            }
    }

    /// Compares the memory that hashes may need with the limit of the systemd unit, if there is one.
    private static func memory(_ configuration: Configuration) -> [Finding] {
        let command = ["systemctl", "show", "--property", "MemoryMax", "--value", "posternd.service"]
        guard let bytes = CommandOutput.of(command).flatMap({ Int($0.filter { $0 != "\n" }) }),
            let problem = MemoryBudget.problem(configuration, processLimit: bytes / 1024)
        else { return [] }
        return [Finding(level: .warning, subject: "hash_memory_limit", text: problem)]
    }
}
