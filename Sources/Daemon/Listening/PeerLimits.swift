import Glibc
import Synchronization

/// How many connections each operating-system user may have. Who may connect at all is what the mode of a socket says.
final class PeerLimits: Sendable {
    /// Of a user that is none of the mail system's: enough to try something out, too few to starve the others.
    static let mostPerStranger = 32

    /// Names under which Debian runs what asks the daemon; those that do not exist are left out.
    private static let mailUsers = ["root", "postfix", "dovecot", "dovenull", "Debian-exim", "postern"]

    private let exempt: Set<uid_t>
    private let connected = Mutex<[uid_t: Int]>([:])

    init() {
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
            guard exempt.contains(user) || user == owner || count < Self.mostPerStranger else { return false }
            connected[user] = count + 1
            return true
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
