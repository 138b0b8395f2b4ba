import Bytes
import CPostern
import Glibc

/// The system's message for an errno value.
package func systemMessage(_ code: Int32) -> String {
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
}

/// Tries to connect to a Unix socket. Returns 0 or an errno value.
package func tryConnecting(to path: String) -> Int32 {
    let descriptor = unsafe postern_unix_dial(path, connectingTime)
    guard descriptor >= 0 else { return -descriptor }
    close(descriptor)
    return 0
}

/// Limit in seconds: a program that listens accepts at once.
private let connectingTime: Int32 = 10

/// The directory that contains the file at an absolute path.
package func directory(of path: String) -> String {
    let bytes = Array(path.utf8)
    let slash = bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0
    return slash == 0 ? "/" : String(decoding: bytes[..<slash], as: UTF8.self)
}

/// Reads a descriptor to its end, or to `limit` bytes; nil, with errno set, if it cannot be read.
package func readAll(_ descriptor: Int32, limit: Int) -> [UInt8]? {
    // In small pieces: most files are small, and every page touched slows a process that lives for a millisecond.
    var piece = [UInt8](repeating: 0, count: min(limit, 1024))
    defer { wipe(&piece) }
    var bytes: [UInt8] = []
    while bytes.count < limit {
        let wanted = min(piece.count, limit - bytes.count)
        let got = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, wanted) }
        if got < 0, errno == EINTR { continue }
        if got < 0 {
            let code = errno
            wipe(&bytes)
            errno = code
            return nil
        }
        if got == 0 { break }
        bytes.reserveCapacity(limit > 4096 ? bytes.count + got : limit)
        bytes += piece[..<got]
    }
    return bytes
}

/// Writes a text as UTF-8; false, with errno set, if it cannot be written.
package func writeAll(_ descriptor: Int32, _ text: String) -> Bool { writeAll(descriptor, Array(text.utf8)) }

/// Writes all bytes; false, with errno set, if they cannot be written.
package func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    let code = unsafe postern_write(descriptor, bytes, bytes.count)
    if code != 0 { errno = code }
    return code == 0
}
