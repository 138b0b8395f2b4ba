import Credentials
import Glibc

/// A source read piece by piece, out of gzip if it is compressed so.
package enum FilePieces {
    /// Bytes read at a time.
    private static let piece = 1 << 20

    /// - Parameter name: What the descriptor is called in an error.
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
    private static let longest = 1 << 30

    /// The bytes of a file; `-` is standard input.
    package static func all(of path: String) throws(SourceError) -> [UInt8] {
        var all: [UInt8] = []
        try withFile(path) { (file) throws(SourceError) in
            try each(of: file, named: path) { (piece) throws(SourceError) in
                all += piece
                guard all.count <= longest else { throw .unusable("\(path) has more than \(longest >> 30) GiB") }
            }
        }
        return all
    }

    /// Opens a file for the length of the call; `-` is standard input.
    static func withFile<R>(_ path: String, _ body: (Int32) throws(SourceError) -> R) throws(SourceError) -> R {
        let file = try open(path)
        defer { if file != STDIN_FILENO { close(file) } }
        return try body(file)
    }

    /// Opens a file to be read; `-` is standard input.
    package static func open(_ path: String) throws(SourceError) -> Int32 {
        let file = path == "-" ? STDIN_FILENO : unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unusable("\(path) cannot be read: \(systemMessage(errno))") }
        return file
    }
}
