import Glibc

/// The system's own sentence for an errno value.
package func systemMessage(_ code: Int32) -> String {
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
}

/// Reads a descriptor to its end, or to `limit` bytes; nil, with errno set, when it cannot be read.
package func readAll(_ descriptor: Int32, limit: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: limit)
    var count = 0
    while count < limit {
        let got = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(descriptor, $0.baseAddress.map { unsafe $0 + count }, limit - count)
        }
        if got < 0, errno == EINTR { continue }
        if got < 0 {
            let code = errno
            wipe(&bytes)
            errno = code
            return nil
        }
        if got == 0 { break }
        count += got
    }
    bytes.removeLast(limit - count)
    return bytes
}

/// Writes all bytes; false, with errno set, when that is not possible.
package func writeAll(_ descriptor: Int32, _ bytes: some Collection<UInt8>) -> Bool {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
        let wrote = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        if wrote < 0, errno == EINTR { continue }
        guard wrote > 0 else { return false }
        rest = rest.dropFirst(wrote)
    }
    return true
}
