import Authentication
import CPostern
import Credentials
import Glibc

/// Whether posternd answers on the sockets that the configuration names. Without it only Dovecot 2.3 with checkpassword
/// can go on.
enum DaemonChecks {
    static func run(_ configuration: Configuration) -> [Finding] {
        let sockets = [
            ("auth_socket", configuration.authSocket), ("dovecot_socket", configuration.dovecotSocket),
            ("policy_socket", configuration.policySocket),
        ]
        return sockets.filter { !$0.1.isEmpty }.map { name, path in
            let problem = connect(path)
            guard problem == 0 else {
                let text =
                    "nobody answers on \(path) (\(systemMessage(problem))); "
                    + "start posternd and its sockets, or set \(name) empty if nothing here asks it"
                return Finding(level: .warning, subject: name, text: text)
            }
            return Finding(level: .good, subject: name, text: "posternd answers on \(path)")
        }
    }

    /// 0, or an errno value.
    private static func connect(_ path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        return unsafe postern_unix_connect(descriptor, path)
    }
}
