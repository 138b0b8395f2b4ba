import CZlib

/// The format of a source file: plain, compressed by gzip, or another one, which is refused with advice how to unpack
/// it.
struct Container {
    private enum Form {
        /// The first bytes, until there are enough to tell.
        case unknown([UInt8])
        case plain
        case gzip(GzipReader)
    }

    /// The first bytes of other formats, and the commands that unpack them.
    private static let others: [(magic: [UInt8], name: String, command: String)] = [
        (Array("BZh91A".utf8), "compressed by bzip2", "bzip2 -dc"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "compressed by xz", "xz -dc"),
        ([0x28, 0xb5, 0x2f, 0xfd], "compressed by zstd", "zstd -dc"),
        (Array("PK\u{3}\u{4}".utf8), "a zip archive", "unzip -p"),
        ([0x37, 0x7a, 0xbc, 0xaf], "a 7z archive", "7z x -so"),
        (Array("PGDMP".utf8), "in pg_dump's custom format", "pg_restore -f -"),
    ]
    /// Bytes that are needed to tell the form.
    private static let magicLength = 6

    private let name: String
    private var form = Form.unknown([])

    init(name: String) { self.name = name }

    /// Reads the next bytes of the file, and passes the unpacked bytes to `body`.
    mutating func feed(_ bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) throws(SourceError) -> Void)
        throws(SourceError)
    {
        switch form {
        case .plain: try body(bytes)
        case .gzip(let reader): try reader.feed(bytes, body)
        case .unknown(let beginning):
            let all = beginning + bytes
            form = .unknown(all)
            if all.count >= Self.magicLength { try settle(body) }
        }
    }

    mutating func end(_ body: (ArraySlice<UInt8>) throws(SourceError) -> Void) throws(SourceError) {
        if case .unknown = form { try settle(body) }
        if case .gzip(let reader) = form, !reader.isComplete {
            throw .unusable("\(name) is cut off: its gzip data does not end")
        }
    }

    private mutating func settle(_ body: (ArraySlice<UInt8>) throws(SourceError) -> Void) throws(SourceError) {
        guard case .unknown(let all) = form else { return }
        if let other = Self.others.first(where: { all.starts(with: $0.magic) }) {
            throw .unusable(
                "\(name == "-" ? "standard input" : name) is \(other.name); unpack it "
                    + "(\(other.command) FILE), and pipe the output into this command with '-' instead of the file")
        }
        // RFC 1952, section 2.3.1.
        form = all.starts(with: [0x1f, 0x8b]) ? .gzip(GzipReader(name: name)) : .plain
        try feed(all[...], body)
    }
}

/// Unpacks gzip (RFC 1952), also several members in a row.
@safe private final class GzipReader {
    /// Bytes that are unpacked at a time.
    private static let piece = 1 << 18

    private let name: String
    private var stream = unsafe z_stream()
    private(set) var isComplete = false
    private let isReady: Bool

    init(name: String) {
        self.name = name
        // 15 is the largest window, and 16 more means gzip (zlib.h, inflateInit2).
        isReady =
            unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit { unsafe inflateEnd(&stream) }

    func feed(_ bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) throws(SourceError) -> Void)
        throws(SourceError)
    {
        var input = Array(bytes)
        var start = 0
        while start < input.count {
            if isComplete {
                // Zero padding after the end, as on tapes.
                if input[start...].allSatisfy({ $0 == 0 }) { return }
                unsafe inflateReset(&stream)
                isComplete = false
            }
            let (used, made, code) = step(&input, from: start)
            guard isReady, code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR && (used > 0 || !made.isEmpty)
            else { throw .unusable("\(name) is broken: its gzip data cannot be unpacked") }
            start += used
            isComplete = code == Z_STREAM_END
            if !made.isEmpty { try body(made[...]) }
        }
    }

    private func step(_ input: inout [UInt8], from start: Int) -> (used: Int, made: [UInt8], code: Int32) {
        var output = [UInt8](repeating: 0, count: Self.piece)
        let available = input.count - start
        var code: Int32 = 0
        unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress.map { unsafe $0 + start }
                unsafe stream.avail_in = UInt32(available)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                code = unsafe inflate(&stream, Z_NO_FLUSH)
            }
        }
        let (left, room) = unsafe (Int(stream.avail_in), Int(stream.avail_out))
        return (available - left, Array(output.dropLast(room)), code)
    }
}
