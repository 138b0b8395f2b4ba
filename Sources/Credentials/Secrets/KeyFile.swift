import Bytes
import Glibc

/// Why the key file cannot be used. Always an outage, never a wrong password.
package enum KeyFileError: Error {
    case missing(path: String)
    case unreadable(path: String, code: Int32)
    case notAFile(path: String)
    case open(path: String, mode: UInt32)
    case wrongOwner(path: String, owner: UInt32)
    case tooShort(path: String, count: Int)
    case exists(path: String)
    case cannotWrite(path: String, code: Int32)

    /// One sentence: what is wrong and what to do.
    package var explanation: String {
        switch self {
        case .missing(let path):
            "key file \(path) is missing; restore it from your backup, or run 'postern init' on a new installation"
        case .unreadable(let path, let code):
            "key file \(path) cannot be read (\(systemMessage(code))); is this user in group postern?"
        case .notAFile(let path):
            "key file \(path) is not a regular file"
        case .open(let path, let mode):
            "key file \(path) has mode \(octal(mode)), which lets others read it or more than its owner write it; "
                + "run 'chmod 0640 \(path)'"
        case .wrongOwner(let path, let owner):
            "key file \(path) belongs to user id \(owner), not to root; run 'chown root:postern \(path)'"
        case .tooShort(let path, let count):
            "key file \(path) holds \(count) bytes, fewer than \(KeyFile.shortest); restore it from your backup"
        case .exists(let path):
            "key file \(path) is already there and is never overwritten"
        case .cannotWrite(let path, let code):
            "key file \(path) cannot be written (\(systemMessage(code)))"
        }
    }

    private func octal(_ mode: UInt32) -> String { "0" + String(mode & 0o7777, radix: 8) }
}

/// The file that holds the key. Not in the database, so that a stolen database opens nothing.
package enum KeyFile {
    /// Bytes; 256 bits are the strength of everything derived.
    package static let shortest = 32
    /// Bytes that are read; more add nothing.
    static let longest = 4096

    /// Reads and checks the key file.
    package static func load(path: String) throws(KeyFileError) -> Keys {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard file >= 0 else {
            throw errno == ENOENT ? .missing(path: path) : .unreadable(path: path, code: errno)
        }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw .unreadable(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        guard status.st_mode & 0o027 == 0 else { throw .open(path: path, mode: status.st_mode) }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .wrongOwner(path: path, owner: status.st_uid)
        }
        guard var bytes = readAll(file, limit: longest) else { throw .unreadable(path: path, code: errno) }
        defer { wipe(&bytes) }
        guard bytes.count >= shortest else { throw .tooShort(path: path, count: bytes.count) }
        return Keys(material: Secret(bytes))
    }

    /// Makes a new key file, 0640, complete and on disk before it has its name. Never overwrites.
    ///
    /// - Parameter group: Group that may read it; nil leaves the group as it is.
    package static func create(path: String, group: UInt32?) throws(KeyFileError) {
        var bytes: [UInt8]
        do { bytes = try randomBytes(shortest) } catch { throw .cannotWrite(path: path, code: error.code) }
        defer { wipe(&bytes) }
        let partial = path + ".new"
        unsafe unlink(partial)
        let file = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .cannotWrite(path: path, code: errno) }
        defer {
            close(file)
            unsafe unlink(partial)
        }
        guard writeAll(file, bytes),
            group.map({ fchown(file, uid_t.max, $0) == 0 }) ?? true,
            fchmod(file, 0o640) == 0, fsync(file) == 0
        else { throw .cannotWrite(path: path, code: errno) }
        // link(2) refuses a name that is taken, which rename(2) would not.
        guard unsafe link(partial, path) == 0 else {
            throw errno == EEXIST ? .exists(path: path) : .cannotWrite(path: path, code: errno)
        }
    }
}
