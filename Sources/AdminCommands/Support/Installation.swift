import Credentials
import Glibc

/// Who may read what: group `postern`, directory 2770, database and log file 0660, key file 0640.
enum Installation {
    static let groupName = "postern"

    static func group() throws(CommandFailure) -> UInt32 {
        guard let entry = unsafe getgrnam(groupName) else {
            throw CommandFailure(
                .badConfiguration, "there is no group '\(groupName)'; run 'groupadd --system \(groupName)' first")
        }
        return unsafe entry.pointee.gr_gid
    }

    /// The directory of the database. An existing one keeps its content and gets owner and mode.
    static func makeDirectory(_ path: String, group: UInt32) throws(CommandFailure) {
        try makeParents(of: path)
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw failure(path) }
        guard unsafe chown(path, uid_t.max, group) == 0, unsafe chmod(path, 0o2770) == 0 else { throw failure(path) }
    }

    /// An empty file, or the one that is there, with owner and mode.
    static func makeFile(_ path: String, mode: UInt32, group: UInt32) throws(CommandFailure) {
        try makeParents(of: path)
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        guard fchown(file, uid_t.max, group) == 0, fchmod(file, mode) == 0 else { throw failure(path) }
    }

    static func makeParents(of path: String) throws(CommandFailure) {
        var partial = ""
        for name in path.split(separator: "/").dropLast() {
            partial += "/" + name
            if unsafe mkdir(partial, 0o755) != 0, errno != EEXIST { throw failure(partial) }
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(.tryLater, "\(path): \(systemMessage(errno)); 'postern init' wants to be run as root")
    }
}
