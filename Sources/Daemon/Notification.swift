import CPostern
import Glibc

/// What systemd wants to know (sd_notify(3)). Started by hand, nobody asks.
enum Notification: String {
    case ready = "READY=1"
    case stopping = "STOPPING=1"

    func send() {
        guard let path = unsafe getenv("NOTIFY_SOCKET") else { return }
        _ = unsafe postern_unix_send(path, rawValue)
    }
}
