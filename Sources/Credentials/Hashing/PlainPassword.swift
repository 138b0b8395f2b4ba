package import Bytes

/// A password that another system stored in plain text. Postern never stores it so: it is hashed as soon as it is read.
package enum PlainPassword {
    /// The secret of `{PLAIN}…`, `{CLEAR}…` or `{CLEARTEXT}…`, also in `.B64` and `.HEX`, and of
    /// `{PLAIN-TRUNC}LENGTH-…` unless it was truncated (Dovecot, src/auth/password-scheme.c). Nil for anything else.
    package static func read(stored: String) -> Secret? {
        let (scheme, body) = PasswordHash.split(stored)
        let parts = scheme.split(separator: ".", maxSplits: 1)
        guard let name = parts.first else { return nil }
        switch (name, parts.count == 2 ? parts[1] : "") {
        case ("PLAIN", ""), ("CLEAR", ""), ("CLEARTEXT", ""): return nonEmpty(Array(body.utf8))
        case ("PLAIN", "B64"), ("CLEAR", "B64"), ("CLEARTEXT", "B64"): return Base64.decode(body).flatMap(nonEmpty)
        case ("PLAIN", "HEX"), ("CLEAR", "HEX"), ("CLEARTEXT", "HEX"): return decodeHex(body).flatMap(nonEmpty)
        case ("PLAIN-TRUNC", ""):
            let fields = body.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard fields.count == 2, let length = Int(fields[0]), fields[1].utf8.count < length else { return nil }
            return nonEmpty(Array(fields[1].utf8))
        default: return nil
        }
    }

    private static func nonEmpty(_ bytes: [UInt8]) -> Secret? {
        var bytes = bytes
        return bytes.isEmpty ? nil : Secret(wiping: &bytes)
    }
}
