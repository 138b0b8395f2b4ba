package import Bytes
import CPostern

/// The spelling of a main password that is hashed: RFC 8265's OpaqueString (section 4.2), so that a password with an
/// accent is the same from every keyboard. Other kinds of spaces become U+0020, then normalisation form C is applied.
package enum MainPasswordText {
    /// The mapped spelling; nil for a text that is hashed byte for byte: ASCII, and what RFC 8265 does not allow
    /// (invalid UTF-8, controls, unassigned code points).
    package static func map(_ secret: borrowing Secret) -> Secret? {
        guard !isASCII(secret) else { return nil }
        var spaced: [UInt8] = []
        // Allocated at once: growing would leave a copy of the secret behind. U+0020 is never longer than the space it
        // replaces.
        spaced.reserveCapacity(secret.count)
        defer { wipe(&spaced) }
        guard unsafe secret.withBytes({ unsafe mapSpaces($0, into: &spaced) }) else { return nil }
        var made = [UInt8](repeating: 0, count: spaced.count * CanonicalName.largestExpansion)
        defer { wipe(&made) }
        let count = unsafe spaced.withUnsafeBytes { text in
            unsafe made.withUnsafeMutableBytes { made in
                unsafe postern_nfc(text.baseAddress, text.count, made.baseAddress, made.count)
            }
        }
        guard count >= 0 else { return nil }
        var text = Array(made[..<count])
        return Secret(wiping: &text)
    }

    /// Whether the secret is ASCII, so that mapping does not change it.
    package static func isASCII(_ secret: borrowing Secret) -> Bool { secret.allSatisfy { $0 < 0x80 } }

    /// Appends the text with its spaces mapped; false for what RFC 8265 does not allow. Makes no `String` of the
    /// secret.
    private static func mapSpaces(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) -> Bool {
        var parser = Unicode.UTF8.ForwardParser()
        var rest = unsafe bytes.makeIterator()
        while true {
            switch unsafe parser.parseScalar(from: &rest) {
            case .valid(let encoded):
                switch Unicode.UTF8.decode(encoded).properties.generalCategory {
                case .control, .unassigned, .surrogate: return false
                case .spaceSeparator: text.append(UInt8(ascii: " "))
                default: text.append(contentsOf: encoded)
                }
            case .emptyInput: return true
            case .error: return false
            }
        }
    }
}
