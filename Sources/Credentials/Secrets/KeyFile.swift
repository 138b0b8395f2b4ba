import Bytes
import Glibc

/// The reason why the key file cannot be used. Always an outage, never a wrong password.
package enum KeyFileError: Error {
    case missing(path: String)
    case unreadable(path: String, code: Int32)
    case notAFile(path: String)
    case open(path: String, mode: UInt32)
    case wrongOwner(path: String, owner: UInt32)
    case tooShort(path: String, count: Int)
    case malformed(path: String)
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
            "key file \(path) has mode \(octal(mode)); only its owner may write it, and only its group read it; "
                + "run 'chmod 0640 \(path)'"
        case .wrongOwner(let path, let owner):
            "key file \(path) belongs to user id \(owner), not to root; run 'chown root:postern \(path)'"
        case .tooShort(let path, let count):
            "key file \(path) holds \(count) bytes, fewer than \(KeyFile.minLength); restore it from your backup"
        case .malformed(let path):
            "key file \(path) is truncated or damaged; restore it from your backup"
        case .exists(let path):
            "key file \(path) exists and is never overwritten"
        case .cannotWrite(let path, let code):
            "key file \(path) cannot be written (\(systemMessage(code)))"
        }
    }

    private func octal(_ mode: UInt32) -> String { "0" + String(mode & 0o7777, radix: 8) }
}

/// The file that holds the key. It is kept apart from the database, so that a stolen database opens nothing.
package enum KeyFile {
    /// Bytes of a key; 256 bits are the strength of everything derived from it.
    package static let minLength = 32
    /// Bytes of a key that are read; more would add nothing.
    static let maxLength = 4096
    /// Bytes of a file with several keys, enough for over 300 rotations.
    static let maxFileSize = 16_384

    /// The first bytes of a file with several keys. The keys follow, newest first, each as two bytes of length, most
    /// significant first, and the key itself. Any other file is one key.
    private static let mark = Array("postern key file".utf8)

    /// Reads and checks the key file.
    ///
    /// - Throws: `KeyFileError` when the file is missing, cannot be read, has the wrong mode or owner, or is damaged.
    package static func load(path: String) throws(KeyFileError) -> Keys {
        var (bytes, _) = try read(path)
        defer { wipe(&bytes) }
        return try parse(bytes, path)
    }

    private static func read(_ path: String) throws(KeyFileError) -> (bytes: [UInt8], group: UInt32) {
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
        guard let bytes = readAll(file, limit: maxFileSize) else { throw .unreadable(path: path, code: errno) }
        return (bytes, status.st_gid)
    }

    private static func parse(_ bytes: [UInt8], _ path: String) throws(KeyFileError) -> Keys {
        var found: [Range<Int>] = []
        if bytes.starts(with: mark) {
            var next = mark.count
            while next < bytes.count {
                let start = next + 2
                guard start <= bytes.count else { throw .malformed(path: path) }
                next = start + (Int(bytes[start - 2]) << 8 | Int(bytes[start - 1]))
                guard next <= bytes.count, next - start >= minLength else { throw .malformed(path: path) }
                found.append(start..<next)
            }
        } else {
            guard bytes.count >= minLength else { throw .tooShort(path: path, count: bytes.count) }
            found = [0..<min(bytes.count, maxLength)]
        }
        var keys: Keys?
        for range in found.reversed() {
            var key = Array(bytes[range])
            keys = Keys(material: Secret(wiping: &key), before: keys)
        }
        guard let keys else { throw .malformed(path: path) }
        return keys
    }

    /// Makes a new key file with mode 0640, which is complete and on disk before it gets its name. Never replaces a
    /// file.
    ///
    /// - Parameter group: The group that may read it; nil leaves the group as it is.
    /// - Throws: `KeyFileError.exists`, or `.cannotWrite` when the file cannot be made.
    package static func create(path: String, group: UInt32?) throws(KeyFileError) {
        var bytes = try newKey(path)
        defer { wipe(&bytes) }
        try write(bytes, path, group: group) { (partial) throws(KeyFileError) in
            // link(2) fails if the name exists, where rename(2) would replace the file.
            guard unsafe link(partial, path) == 0 else {
                throw errno == EEXIST ? .exists(path: path) : .cannotWrite(path: path, code: errno)
            }
        }
    }

    /// Adds a new key before those in the key file. A database stays under the key it knows until it is carried to the
    /// new one.
    ///
    /// - Throws: `KeyFileError` when the file cannot be read, is damaged, or cannot be replaced.
    package static func addKey(path: String) throws(KeyFileError) {
        var (before, group) = try read(path)
        defer { wipe(&before) }
        _ = try parse(before, path)
        if !before.starts(with: mark) {
            before.removeLast(max(0, before.count - maxLength))
            before.insert(contentsOf: [UInt8(before.count >> 8), UInt8(before.count & 0xff)], at: 0)
        } else {
            before.removeFirst(mark.count)
        }
        var key = try newKey(path)
        defer { wipe(&key) }
        var bytes = mark + [0, UInt8(minLength)] + key + before
        defer { wipe(&bytes) }
        guard bytes.count <= maxFileSize else { throw .cannotWrite(path: path, code: EFBIG) }
        try write(bytes, path, group: group) { (partial) throws(KeyFileError) in
            guard unsafe rename(partial, path) == 0 else { throw .cannotWrite(path: path, code: errno) }
        }
    }

    private static func newKey(_ path: String) throws(KeyFileError) -> [UInt8] {
        do { return try randomBytes(minLength) } catch { throw .cannotWrite(path: path, code: error.code) }
    }

    /// Makes a file beside the path, syncs it to disk, then calls `name` to give it its name.
    private static func write(
        _ bytes: [UInt8], _ path: String, group: UInt32?, name: (String) throws(KeyFileError) -> Void
    ) throws(KeyFileError) {
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
        try name(partial)
        // The name must be on disk before anything depends on it.
        let folder = unsafe open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}
