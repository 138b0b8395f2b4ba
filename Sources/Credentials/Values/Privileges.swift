import CPostern
import Glibc

/// Drops the privileges of root before the database is opened: SQLite plays back a journal that any process of the
/// group may have left beside the database, and deletes the file that such a journal names.
package enum Privileges {
    /// The user that the database belongs to, and the name of its group.
    package static let user = "postern"

    /// Becomes user `postern` permanently if this process runs as root; leaves a process of any other user as it is.
    ///
    /// - Parameter path: The database that is about to be opened, for the error.
    /// - Throws: `StoreError.noUser` if there is no such user or group; `StoreError.unreadable` if root cannot become
    ///   it.
    package static func drop(toOpen path: String) throws(StoreError) {
        guard geteuid() == 0 || getuid() == 0 else { return }
        guard let entry = unsafe getpwnam(user), let group = unsafe getgrnam(user) else { throw .noUser }
        let code = unsafe postern_become(entry.pointee.pw_uid, group.pointee.gr_gid)
        guard code == 0 else {
            throw .unreadable(path: path, message: "root could not become user '\(user)': \(systemMessage(code))")
        }
    }
}
