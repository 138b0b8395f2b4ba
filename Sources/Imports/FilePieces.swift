import Credentials
import Glibc

/// Reads a source piece by piece, and unpacks it if it is compressed by gzip.
package enum FilePieces {
    /// Bytes read at a time.
    private static let piece = 1 << 20

    /// Passes the content of a descriptor to `body`, piece by piece.
    ///
    /// - Parameter name: The name of the file, for errors.
    static func each(
        of file: Int32, named name: String, _ body: (ArraySlice<UInt8>) throws(SourceError) -> Void
    ) throws(SourceError) {
        var container = Container(name: name)
        try eachRead(of: file, named: name) { (piece) throws(SourceError) in try container.feed(piece, body) }
        try container.end(body)
    }

    private static func eachRead(
        of file: Int32, named name: String, _ body: (ArraySlice<UInt8>) throws(SourceError) -> Void
    ) throws(SourceError) {
        var piece = [UInt8](repeating: 0, count: Self.piece)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unusable("\(name) cannot be read: \(systemMessage(errno))") }
            if count == 0 { return }
            try body(piece[..<count])
        }
    }

    /// Bytes of a file that is read as a whole.
    private static let maxFileSize = 1 << 30

    /// Returns the content of a file; `-` is standard input.
    ///
    /// - Throws: `SourceError.unusable` if the file cannot be read or unpacked, or is too large.
    package static func all(of path: String) throws(SourceError) -> [UInt8] {
        var all: [UInt8] = []
        try withFile(path) { (file) throws(SourceError) in
            try each(of: file, named: path) { (piece) throws(SourceError) in
                all += piece
                guard all.count <= maxFileSize else {
                    throw .unusable("\(path) has more than \(maxFileSize >> 30) GiB")
                }
            }
        }
        return all
    }

    /// Opens a file for the duration of `body`; `-` is standard input.
    static func withFile<R>(_ path: String, _ body: (Int32) throws(SourceError) -> R) throws(SourceError) -> R {
        let file = try open(path)
        defer { if file != STDIN_FILENO { close(file) } }
        return try body(file)
    }

    /// Opens a file for reading; `-` is standard input.
    ///
    /// - Throws: `SourceError.unusable` if the file cannot be opened.
    package static func open(_ path: String) throws(SourceError) -> Int32 {
        let file = path == "-" ? STDIN_FILENO : unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unusable("\(path) cannot be read: \(systemMessage(errno))") }
        return file
    }
}
