import Credentials
import Glibc

/// Owners and modes of an installation: group `postern`, directory 2770, database and log file 0660, key file 0640.
/// Files that root makes, except the key file, belong to user `postern`.
enum Installation {
    static let groupName = Privileges.user

    static func group() throws(CommandFailure) -> UInt32 {
        guard let entry = unsafe getgrnam(groupName) else {
            throw CommandFailure(
                .badConfiguration, "there is no group '\(groupName)'; run 'groupadd --system \(groupName)' first")
        }
        return unsafe entry.pointee.gr_gid
    }

    /// The uid of user `postern`; nil if the caller is not root and will own the files.
    private static var owner: UInt32? { geteuid() == 0 ? unsafe getpwnam(Privileges.user)?.pointee.pw_uid : nil }

    /// Makes the directory of the database. An existing directory is not changed, since it may belong to somebody else:
    /// it must have the right group and mode.
    static func makeDirectory(_ path: String, group: UInt32) throws(CommandFailure) {
        try makeParents(of: path)
        guard unsafe mkdir(path, 0o700) == 0 else {
            guard errno == EEXIST else { throw failure(path) }
            return try expect(path, mode: 0o2770, group: group)
        }
        guard unsafe chown(path, owner ?? uid_t.max, group) == 0, unsafe chmod(path, 0o2770) == 0 else {
            throw failure(path)
        }
    }

    /// Makes an empty file. An existing file must have the right group and mode.
    static func makeFile(_ path: String, mode: UInt32, group: UInt32) throws(CommandFailure) {
        try makeParents(of: path)
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            guard errno == EEXIST else { throw failure(path) }
            return try expect(path, mode: mode, group: group)
        }
        defer { close(file) }
        guard fchown(file, owner ?? uid_t.max, group) == 0, fchmod(file, mode) == 0 else { throw failure(path) }
    }

    private static func expect(_ path: String, mode: UInt32, group: UInt32) throws(CommandFailure) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw failure(path) }
        guard status.st_gid == group, status.st_mode & 0o7777 == mode else {
            throw CommandFailure(
                .tryLater,
                "\(path) exists already, with another group or mode; if it is only for Postern, run 'chgrp "
                    + "\(groupName) \(path)' and 'chmod 0\(String(mode, radix: 8)) \(path)', otherwise change the "
                    + "configuration")
        }
    }

    static func makeParents(of path: String) throws(CommandFailure) {
        var partial = ""
        for name in path.split(separator: "/").dropLast() {
            partial += "/" + name
            if unsafe mkdir(partial, 0o755) != 0, errno != EEXIST { throw failure(partial) }
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(.tryLater, "\(path): \(systemMessage(errno)); 'postern init' must be run as root")
    }
}
