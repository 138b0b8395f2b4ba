import Authentication
import Logging

/// The daemon's listeners: on the sockets that systemd passed, or else on those that the configuration names.
enum Listeners {
    static func open(_ configuration: Configuration, _ logger: Logger) throws(ListenError) -> [Listener] {
        if let inherited = try SystemdSockets.inherit() { return try match(inherited, configuration, logger) }
        var listeners: [Listener] = []
        do throws(ListenError) {
            for (door, setting, path) in doors(configuration) {
                listeners.append(
                    Listener(door: door, socket: try ListeningSocket(creating: path, setting: setting)))
            }
        } catch {
            for listener in listeners { listener.socket.remove() }
            throw error
        }
        guard !listeners.isEmpty else {
            throw ListenError(
                explanation:
                    "auth_socket, dovecot_socket, policy_socket and account_socket are all empty: set at least one")
        }
        return listeners
    }

    private static func match(
        _ inherited: [String: ListeningSocket], _ configuration: Configuration, _ logger: Logger
    ) throws(ListenError) -> [Listener] {
        var rest = inherited
        var listeners: [Listener] = []
        for (door, setting, path) in doors(configuration) {
            if let socket = rest.removeValue(forKey: path) {
                listeners.append(Listener(door: door, socket: socket))
            } else {
                logger.warning(
                    """
                    \(setting) = \(path): systemd did not pass this socket, so it is not served; enable the unit \
                    posternd-*.socket whose ListenStream it is, or leave \(setting) empty
                    """)
            }
        }
        if let unknown = rest.keys.min() {
            throw ListenError(
                explanation:
                    "systemd passed \(unknown), which is not auth_socket, dovecot_socket, policy_socket or account_socket; "
                    + "make ListenStream of the socket unit and the setting the same")
        }
        return listeners
    }

    private static func doors(_ configuration: Configuration) -> [(Listener.Door, setting: String, path: String)] {
        let all: [(Listener.Door, setting: String, path: String)] = [
            (.auth, "auth_socket", configuration.authSocket), (.dovecot, "dovecot_socket", configuration.dovecotSocket),
            (.policy, "policy_socket", configuration.policySocket),
            (.account, "account_socket", configuration.accountSocket),
        ]
        return all.filter { !$0.path.isEmpty }
    }
}
