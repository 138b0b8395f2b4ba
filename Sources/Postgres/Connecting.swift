import Credentials
import Glibc

/// Asks all hosts at once and takes the one that can be written to, so that a host which does not answer hides no other.
enum Connecting {
    /// Milliseconds that other hosts have after the first one. A primary that was replaced may still be running.
    private static let grace: Int64 = 50

    /// Connects.
    ///
    /// - Returns: The host of the newest timeline that can be written to, its timeline, and those of the others that are no
    ///   standby.
    /// - Throws: `StoreError.unreachable` when no host that can be written to answered in time.
    static func connect(_ hosts: Hosts, _ deadline: Deadline) throws(StoreError) -> (
        Link, timeline: String, others: [Other]
    ) {
        var others: [Other] = []
        var found: [(host: String, link: Link, timeline: String)] = []
        for (host, link) in try writable(hosts, deadline, &others) {
            do throws(StoreError) {
                found.append((host, link, try link.timeline(by: deadline)))
            } catch {
                others.append((host, error.explanation))
            }
        }
        guard let newest = found.max(by: { $0.timeline < $1.timeline }) else {
            let reasons = others.map { "\($0.name): \($0.reason)" }
            throw .unreachable(message: reasons.joined(separator: "; "))
        }
        for (host, link, _) in found where link !== newest.link {
            others.append((host, "was replaced, but takes writes; stop it"))
        }
        return (newest.link, newest.timeline, others.filter { $0.reason != isStandby })
    }

    typealias Other = (name: String, reason: String)
    private static let isStandby = "is a standby or read-only"

    private static func writable(_ hosts: Hosts, _ deadline: Deadline, _ others: inout [Other])
        throws(StoreError) -> [(host: String, link: Link)]
    {
        var open: [(host: String, link: Link)] = []
        for settings in hosts.settings {
            guard let link = Link(settings) else { throw .unreachable(message: "out of memory") }
            open.append((Hosts.name(settings), link))
        }
        var found: [(host: String, link: Link)] = []
        var end = deadline
        while true {
            var waiting: [(host: String, link: Link)] = []
            for (host, link) in open {
                switch link.progress {
                case .done where isWritable(link):
                    if found.isEmpty { end = Deadline(in: min(grace, Int64(deadline.left))) }
                    found.append((host, link))
                case .done: others.append((host, isStandby))
                case .failed: others.append((host, "cannot be reached: \(link.message)"))
                case .reading, .writing: waiting.append((host, link))
                }
            }
            open = waiting
            guard !open.isEmpty else { return found }
            var descriptors = open.map { _, link in
                pollfd(
                    fd: link.socket, events: Int16(link.progress == .reading ? POLLIN : POLLOUT), revents: 0)
            }
            guard end.wait(&descriptors) else {
                others += open.map { host, _ in (host, "did not answer in time") }
                return found
            }
            for (index, descriptor) in descriptors.enumerated() where descriptor.revents != 0 {
                open[index].link.advance()
            }
        }
    }

    /// A server of version 14 or later says both at the start of a session.
    private static func isWritable(_ link: Link) -> Bool {
        link.said("in_hot_standby") == "off" && link.said("default_transaction_read_only") == "off"
    }
}
