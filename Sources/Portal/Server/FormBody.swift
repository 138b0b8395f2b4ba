import Bytes
import Hummingbird
import NIOCore

/// The fields of a form that a browser sent (WHATWG URL, application/x-www-form-urlencoded).
struct FormBody: Sendable {
    /// Fields of a form; no page has as many.
    private static let maxFields = 64

    private let fields: [(name: String, value: [UInt8])]

    /// - Throws: `PageError.tooLarge`, or `.forbidden` for a body that is no form.
    init(_ request: Request) async throws {
        guard request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") == true else {
            throw PageError.forbidden
        }
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: Visit.maxLength) } catch { throw PageError.tooLarge }
        self.init(Array(buffer.readableBytesView))
    }

    init(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: UInt8(ascii: "&")).prefix(Self.maxFields)
        fields = parts.map { part in
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            return (
                String(decoding: Self.decode(name), as: UTF8.self), Self.decode(part.dropFirst(name.count + 1))
            )
        }
    }

    /// The first field of this name; empty if there is none.
    func bytes(_ name: String) -> [UInt8] { fields.first { $0.name == name }?.value ?? [] }

    /// The same as text; empty if it is not UTF-8.
    func text(_ name: String) -> String { String(validating: bytes(name), as: UTF8.self) ?? "" }

    /// All fields of this name, as text.
    func texts(_ name: String) -> [String] {
        fields.filter { $0.name == name }.compactMap { String(validating: $0.value, as: UTF8.self) }
    }

    func isGiven(_ name: String) -> Bool { !bytes(name).isEmpty }

    /// Decodes `+` and `%XX`; a `%` before anything else stands for itself.
    private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "%"), index + 1 < bytes.endIndex, let high = digit(bytes[index]),
                let low = digit(bytes[index + 1])
            {
                decoded.append(high << 4 | low)
                index += 2
            } else {
                decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
