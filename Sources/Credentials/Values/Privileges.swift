import CPostern
import Glibc

/// What root gives up before it opens the database: SQLite plays back a journal that any process of the group may have left
/// beside it, and deletes the file that such a journal names.
package enum Privileges {
    /// The user, and its group, that the database belongs to.
    package static let user = "postern"

    /// Becomes user `postern` permanently, if this process is root's; anybody else stays who they are.
    ///
    /// - Parameter path: Of the database that is about to be opened.
    /// - Throws: `StoreError.noUser`, `StoreError.unreadable`.
    package static func drop(toOpen path: String) throws(StoreError) {
        guard geteuid() == 0 || getuid() == 0 else { return }
        guard let entry = unsafe getpwnam(user), let group = unsafe getgrnam(user) else { throw .noUser }
        let code = unsafe postern_become(entry.pointee.pw_uid, group.pointee.gr_gid)
        guard code == 0 else {
            throw .unreadable(path: path, message: "root could not become user '\(user)': \(systemMessage(code))")
        }
    }
}
