import Glibc
import Synchronization

/// How many connections each operating-system user may have. Who may connect at all is what the mode of a socket says.
final class PeerLimits: Sendable {
    /// Seconds between two warnings about one user.
    private static let warningInterval: Int64 = 60

    /// Names under which Debian runs what asks the daemon; those that do not exist are left out.
    private static let mailUsers = ["root", "postfix", "dovecot", "dovenull", "Debian-exim", "postern"]

    private let exempt: Set<uid_t>
    /// Of a user that is none of the mail system's.
    private let mostPerStranger: Int
    private let connected = Mutex<[uid_t: Int]>([:])
    /// Connections that were refused since the last warning, and when that was, in seconds since the start.
    private let refused = Mutex<[uid_t: (count: Int, warned: Int64?)]>([:])

    init(mostPerStranger: Int) {
        self.mostPerStranger = mostPerStranger
        let known = Self.mailUsers.compactMap { name in unsafe getpwnam(name).map { unsafe $0.pointee.pw_uid } }
        exempt = Set(known + [geteuid()])
    }

    /// False when the user has as many as it may have.
    ///
    /// - Parameter owner: Of the socket: it is there for that user, whatever its name is here. Postfix may run in a
    ///   container.
    func admit(_ user: uid_t, owner: uid_t?) -> Bool {
        connected.withLock { connected in
            let count = connected[user, default: 0]
            guard exempt.contains(user) || user == owner || count < mostPerStranger else { return false }
            connected[user] = count + 1
            return true
        }
    }

    /// To be called for each connection that was not admitted.
    ///
    /// - Parameter second: Of a clock that is never set.
    /// - Returns: What to say about it; nil if that was said within a minute.
    func warning(for user: uid_t, second: Int64) -> String? {
        let count: Int? = refused.withLock { refused in
            var entry = refused[user] ?? (0, nil)
            entry.count += 1
            defer { refused[user] = entry }
            if let warned = entry.warned, second - warned < Self.warningInterval { return nil }
            defer { entry = (0, second) }
            return entry.count
        }
        return count.map {
            "closed \($0) connections of uid \(user): it has \(mostPerStranger) already (peer_connection_limit)"
        }
    }

    /// Connections of all users.
    var count: Int { connected.withLock { $0.values.reduce(0, +) } }

    func release(_ user: uid_t) {
        connected.withLock { connected in
            let left = connected[user, default: 1] - 1
            connected[user] = left > 0 ? left : nil
        }
    }
}
