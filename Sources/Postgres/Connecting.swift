import Credentials
import Glibc

/// Asks all hosts at once and takes the one that can be written to, so that a host which does not answer hides no other.
enum Connecting {
    /// Connects.
    ///
    /// - Throws: `StoreError.unreachable` when no host that can be written to answered in time.
    static func connect(_ hosts: Hosts, _ deadline: Deadline) throws(StoreError) -> Link {
        var failures: [String] = []
        var open: [(host: String, link: Link)] = []
        for settings in hosts.settings {
            guard let link = Link(settings) else { throw .unreachable(message: "out of memory") }
            open.append((Hosts.name(settings), link))
        }
        while true {
            var waiting: [(host: String, link: Link)] = []
            for (host, link) in open {
                switch link.progress {
                case .done where isWritable(link): return link
                case .done: failures.append("\(host) is a standby or read-only")
                case .failed: failures.append("\(host): \(link.message)")
                case .reading, .writing: waiting.append((host, link))
                }
            }
            open = waiting
            guard !open.isEmpty else { break }
            var descriptors = open.map { _, link in
                pollfd(
                    fd: link.socket, events: Int16(link.progress == .reading ? POLLIN : POLLOUT), revents: 0)
            }
            guard deadline.wait(&descriptors) else {
                failures += open.map { host, _ in "\(host) did not answer in time" }
                break
            }
            for (index, descriptor) in descriptors.enumerated() where descriptor.revents != 0 {
                open[index].link.advance()
            }
        }
        throw .unreachable(message: failures.joined(separator: "; "))
    }

    /// A server of version 14 or later says both at the start of a session.
    private static func isWritable(_ link: Link) -> Bool {
        link.said("in_hot_standby") == "off" && link.said("default_transaction_read_only") == "off"
    }
}
