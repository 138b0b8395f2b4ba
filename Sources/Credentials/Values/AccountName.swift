import Bytes

/// The name an account signs in with, normally a full address, in canonical form.
///
/// Spellings that people take for the same name are equal: ASCII letters in any case, an internationalised domain as
/// U-label or A-label, a local part composed or decomposed (NFC), surrounding white space.
package struct AccountName: Sendable {
    /// Bytes before the last `@` (RFC 5321, 4.5.3.1.1).
    package static let maxLocalPartLength = 64
    /// Bytes of the whole name (RFC 5321, 4.5.3.1.3, without the angle brackets of a path).
    package static let maxNameLength = 254
    /// Bytes of a name as sent by a client, surrounding white space included.
    static let maxInputLength = 320

    /// The canonical form; for an account in the store, the name as it is stored.
    package let text: String
    /// What was typed, in lower case, if that differs from the canonical form. An account added before canonical forms
    /// existed may be stored under this spelling.
    package let spelling: String?

    /// The part after the last `@` in canonical form, which is the name of the domain's policy; empty for a bare name.
    package var domain: String {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return "" }
        let domain = text[text.index(after: at)...]
        guard !domain.utf8.allSatisfy({ $0 < 0x80 }), let labels = CanonicalName.aLabels(Array(domain.utf8)) else {
            return String(domain)
        }
        return String(decoding: CanonicalName.lower(labels), as: UTF8.self)
    }

    /// The part before the last `@`; the whole of a bare name.
    package var localPart: String {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return text }
        return String(text[..<at])
    }

    /// Normalises, then validates a name sent by a client; nil means "malformed name" in the sign-in rule.
    ///
    /// - Parameters:
    ///   - bytes: The name as received.
    ///   - defaultDomain: Appended to a name without `@`; empty for none.
    package init?(_ bytes: [UInt8], defaultDomain: String = "") {
        guard bytes.count <= Self.maxInputLength else { return nil }
        guard bytes.contains(where: { $0 >= 0x80 }) else {
            // Nearly all names are ASCII: no Unicode scalars to inspect, no library to call.
            var name: [UInt8] = []
            name.reserveCapacity(Self.maxNameLength)
            guard Self.readASCII(bytes.span, defaultDomain: defaultDomain, into: &name) else { return nil }
            text = String(decoding: name, as: UTF8.self)
            spelling = nil
            return
        }
        guard let trimmed = CanonicalName.trim(bytes), !trimmed.isEmpty else { return nil }
        let isBare = !trimmed.contains(UInt8(ascii: "@"))
        let full = isBare && !defaultDomain.isEmpty ? trimmed + Array("@\(defaultDomain)".utf8) : trimmed
        let lowered = CanonicalName.lower(full)
        guard Self.fits(lowered), let typed = Self.validate(lowered) else { return nil }
        // A name that has no canonical form, or is already in it, is used as typed.
        guard let made = CanonicalName.of(lowered), Self.fits(made), let canonical = Self.validate(made),
            canonical.utf8.elementsEqual(typed.utf8) == false
        else {
            text = typed
            spelling = nil
            return
        }
        text = canonical
        spelling = typed
    }

    /// Writes the canonical form of an ASCII name into the array, replacing its contents; false for a malformed name.
    package static func readASCII(_ bytes: Span<UInt8>, defaultDomain: String, into name: inout [UInt8]) -> Bool {
        name.removeAll(keepingCapacity: true)
        guard bytes.count <= maxInputLength else { return false }
        var (start, end) = (0, bytes.count)
        while start < end, CanonicalName.isSpace(bytes[start]) { start += 1 }
        while start < end, CanonicalName.isSpace(bytes[end - 1]) { end -= 1 }
        guard start < end else { return false }
        name.append(bytes.extracting(start..<end))
        if !defaultDomain.isEmpty, name.span.position(of: UInt8(ascii: "@")) == nil {
            name.append(UInt8(ascii: "@"))
            name += defaultDomain.utf8
        }
        var isKnown = true
        var letters = name.mutableSpan
        for index in letters.indices {
            letters[index] = canonical[Int(letters[index])]
            if letters[index] == 0 { isKnown = false }
        }
        return isKnown && fits(name)
    }

    /// The canonical form of each byte; 0 for a byte that no name may contain.
    private static let canonical = InlineArray<256, UInt8> {
        let byte = UInt8($0)
        guard (0x21...0x7e).contains(byte), !isForbidden(byte) else { return 0 }
        return (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }

    /// Normalises and validates a text as `init(_:defaultDomain:)` does bytes.
    package init?(_ text: String, defaultDomain: String = "") {
        self.init(Array(text.utf8), defaultDomain: defaultDomain)
    }

    /// Wraps the name of an account as it is stored, which may be older than canonical forms.
    package init(stored: String) {
        text = stored
        spelling = nil
    }

    /// Whether an account may be added under this name: a full address that needs no quotes anywhere (RFC 5322, section
    /// 3.2.3, dot-atom), whose parts are safe inside `mail_home` and whose domain has a canonical form.
    package var canBeAccount: Bool {
        isAddress
            && [localPart, domain].allSatisfy { part in
                part.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
                    !$0.isEmpty && $0.allSatisfy(Self.isAtomByte)
                }
            }
    }

    /// Whether the name is a full address whose domain has a canonical form.
    var isAddress: Bool {
        text.utf8.contains(UInt8(ascii: "@")) && !localPart.isEmpty && !domain.isEmpty
            && domain.utf8.allSatisfy { $0 < 0x80 }
    }

    /// Whether the parts of the name are safe inside `mail_home`, which is enough for accounts older than
    /// `canBeAccount`.
    package var isSafeInPath: Bool {
        text.utf8.contains(UInt8(ascii: "@"))
            && [localPart, domain].allSatisfy {
                !$0.isEmpty && !$0.hasPrefix(".") && !$0.utf8.contains(UInt8(ascii: "/"))
            }
    }

    /// Whether a byte of a valid name needs no quotes in an address.
    private static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: ";"),
            UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "]"):
            false
        default: true
        }
    }

    private static func fits(_ name: [UInt8]) -> Bool {
        let at = name.lastIndex(of: UInt8(ascii: "@")) ?? name.count
        return name.count <= maxNameLength && (1...maxLocalPartLength).contains(at) && at != name.count - 1
    }

    private static func validate(_ name: [UInt8]) -> String? {
        guard let text = String(validating: name, as: UTF8.self), text.unicodeScalars.allSatisfy(allows) else {
            return nil
        }
        return text
    }

    private static func allows(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x21...0x7e).contains(scalar.value) && !isForbidden(UInt8(scalar.value)) }
        // Beyond ASCII, characters that are invisible in a log or reorder its line are no better than controls.
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .unassigned,
            .privateUse:
            return false
        default: return true
        }
    }

    /// Whether a printable ASCII character may not occur in a name.
    private static func isForbidden(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","): true
        default: false
        }
    }
}

/// Compares the bytes of the canonical form: Swift's own `==` treats composed and decomposed text as equal, the store
/// does not.
extension AccountName: Hashable {
    package static func == (left: AccountName, right: AccountName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
