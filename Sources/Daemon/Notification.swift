import CPostern
import Glibc

/// Service states that are reported to systemd (sd_notify(3)). Without NOTIFY_SOCKET, as when started by hand, nothing
/// is sent.
enum Notification: String {
    case ready = "READY=1"
    case stopping = "STOPPING=1"

    func send() {
        guard let path = unsafe getenv("NOTIFY_SOCKET") else { return }
        _ = unsafe postern_unix_send(path, rawValue)
    }
}
