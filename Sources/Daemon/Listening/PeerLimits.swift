import Glibc
import Synchronization

/// Limits the connections of each operating-system user. A socket's mode decides who may connect at all.
final class PeerLimits: Sendable {
    /// Seconds between two warnings about one user.
    private static let warningInterval: Int64 = 60

    /// Users under which Debian runs the daemon's clients. They have no limit; missing ones are ignored.
    private static let mailUsers = ["root", "postfix", "dovecot", "dovenull", "Debian-exim", "postern"]

    private let exempt: Set<uid_t>
    /// Users that may connect to `account_socket`: whoever can, can name any address and any account. The daemon's own
    /// user is among them, because it can read the database anyway.
    private let portals: Set<uid_t>
    /// Limit for any other user.
    private let maxPerStranger: Int
    private let connected = Mutex<[uid_t: Int]>([:])
    /// Connections refused since the last warning, and the second of that warning on a monotonic clock.
    private let refused = Mutex<[uid_t: (count: Int, warned: Int64?)]>([:])

    init(maxPerStranger: Int) {
        self.maxPerStranger = maxPerStranger
        portals = Set(Self.ids([Self.portalUser]) + [geteuid()])
        exempt = Set(Self.ids(Self.mailUsers)).union(portals)
    }

    /// The user under which the portal runs.
    private static let portalUser = "postern-portal"

    private static func ids(_ names: [String]) -> [uid_t] {
        names.compactMap { name in unsafe getpwnam(name).map { unsafe $0.pointee.pw_uid } }
    }

    /// Whether this user may connect to `account_socket`.
    func isPortal(_ user: uid_t) -> Bool { portals.contains(user) }

    /// Counts a connection of `user`; false if the user has reached its limit.
    ///
    /// - Parameter owner: The socket's owner. It has no limit, even if its name is unknown to this system: Postfix may
    ///   run in a container.
    func admit(_ user: uid_t, owner: uid_t?) -> Bool {
        connected.withLock { connected in
            let count = connected[user, default: 0]
            guard exempt.contains(user) || user == owner || count < maxPerStranger else { return false }
            connected[user] = count + 1
            return true
        }
    }

    /// Counts a connection that was not admitted.
    ///
    /// - Parameter second: Seconds of a monotonic clock.
    /// - Returns: The warning to log; nil if one was logged for this user within the last minute.
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
            "closed \($0) connections of uid \(user): limit of \(maxPerStranger) reached (peer_connection_limit)"
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
