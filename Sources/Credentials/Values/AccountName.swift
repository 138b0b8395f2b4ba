import Bytes

/// The name an account signs in with: one full address in its canonical form.
///
/// Two spellings that people take for the same name are the same: ASCII letters in any case, an internationalised domain
/// as U-label or A-label, a local part composed or decomposed (NFC), white space around it.
package struct AccountName: Sendable {
    /// Bytes before the last `@` (RFC 5321, 4.5.3.1.1).
    package static let longestLocalPart = 64
    /// Bytes in all (RFC 5321, 4.5.3.1.3, less the angle brackets of a path).
    package static let longestName = 254
    /// Bytes of a name as a client may send it, white space around it included.
    static let longestInput = 320

    /// The canonical form; of an account in the store, the name as it is stored.
    package let text: String
    /// What was typed, in lower case, where that is not the canonical form. An account that was made before there was a
    /// canonical form may be stored under it.
    package let spelling: String?

    /// What stands after the last `@`, in its canonical form, under which policies are stored; empty for a bare name.
    package var domain: String {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return "" }
        let domain = text[text.index(after: at)...]
        guard !domain.utf8.allSatisfy({ $0 < 0x80 }), let labels = CanonicalName.aLabels(Array(domain.utf8)) else {
            return String(domain)
        }
        return String(decoding: CanonicalName.lower(labels), as: UTF8.self)
    }

    /// What stands before the last `@`.
    package var localPart: String {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return text }
        return String(text[..<at])
    }

    /// Normalises, then validates what a client sent. Nil is the rule's "malformed name".
    ///
    /// - Parameters:
    ///   - bytes: The name as it came over the wire.
    ///   - defaultDomain: Appended to a name without `@`; empty for none.
    package init?(_ bytes: [UInt8], defaultDomain: String = "") {
        guard bytes.count <= Self.longestInput else { return nil }
        guard bytes.contains(where: { $0 >= 0x80 }) else {
            // Nearly all names: no need to look at scalars, and no library.
            var name: [UInt8] = []
            name.reserveCapacity(Self.longestName)
            guard Self.readASCII(bytes.span, defaultDomain: defaultDomain, into: &name) else { return nil }
            text = String(decoding: name, as: UTF8.self)
            spelling = nil
            return
        }
        guard let trimmed = CanonicalName.trim(bytes), !trimmed.isEmpty else { return nil }
        let isBare = !trimmed.contains(UInt8(ascii: "@"))
        let full = isBare && !defaultDomain.isEmpty ? trimmed + Array("@\(defaultDomain)".utf8) : trimmed
        let lowered = CanonicalName.lower(full)
        guard Self.fits(lowered), let typed = Self.validated(lowered) else { return nil }
        // One that has no canonical form is its own.
        guard let made = CanonicalName.of(lowered), Self.fits(made), let canonical = Self.validated(made),
            canonical.utf8.elementsEqual(typed.utf8) == false
        else {
            text = typed
            spelling = nil
            return
        }
        text = canonical
        spelling = typed
    }

    /// The canonical form of a name in ASCII, in place of what is in the array; false for a malformed one.
    package static func readASCII(_ bytes: Span<UInt8>, defaultDomain: String, into name: inout [UInt8]) -> Bool {
        name.removeAll(keepingCapacity: true)
        guard bytes.count <= longestInput else { return false }
        var (start, end) = (0, bytes.count)
        while start < end, CanonicalName.isSpace(bytes[start]) { start += 1 }
        while start < end, CanonicalName.isSpace(bytes[end - 1]) { end -= 1 }
        guard start < end else { return false }
        name.append(bytes.extracting(start..<end))
        if !defaultDomain.isEmpty, name.span.place(of: UInt8(ascii: "@")) == nil {
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

    /// What each byte of ASCII becomes; 0: no name has it.
    private static let canonical = InlineArray<256, UInt8> {
        let byte = UInt8($0)
        guard (0x21...0x7e).contains(byte), !isForbidden(byte) else { return 0 }
        return (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }

    package init?(_ text: String, defaultDomain: String = "") {
        self.init(Array(text.utf8), defaultDomain: defaultDomain)
    }

    /// The name of an account as it is stored, which may be older than the canonical form.
    package init(stored: String) {
        text = stored
        spelling = nil
    }

    /// Whether an account may be made under this name: a full address that needs no quotes anywhere (RFC 5322, section
    /// 3.2.3, dot-atom), with parts that are safe inside `mail_home`, and a domain that has a canonical form.
    package var canBeAccount: Bool {
        isAddress
            && [localPart, domain].allSatisfy { part in
                part.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
                    !$0.isEmpty && $0.allSatisfy(Self.isAtomByte)
                }
            }
    }

    /// Whether it is a full address, with a domain that has a canonical form.
    var isAddress: Bool {
        text.utf8.contains(UInt8(ascii: "@")) && !localPart.isEmpty && !domain.isEmpty
            && domain.utf8.allSatisfy { $0 < 0x80 }
    }

    /// Whether an account that is older than `canBeAccount` may have this name: its parts are safe inside `mail_home`.
    package var isSafeInPath: Bool {
        text.utf8.contains(UInt8(ascii: "@"))
            && [localPart, domain].allSatisfy {
                !$0.isEmpty && !$0.hasPrefix(".") && !$0.utf8.contains(UInt8(ascii: "/"))
            }
    }

    /// Of the bytes that a valid name has.
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
        return name.count <= longestName && (1...longestLocalPart).contains(at) && at != name.count - 1
    }

    private static func validated(_ name: [UInt8]) -> String? {
        guard let text = String(validating: name, as: UTF8.self), text.unicodeScalars.allSatisfy(allows) else {
            return nil
        }
        return text
    }

    private static func allows(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x21...0x7e).contains(scalar.value) && !isForbidden(UInt8(scalar.value)) }
        // Beyond ASCII, what a reader of logs cannot see or what reorders the line is no better than a control.
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .unassigned,
            .privateUse:
            return false
        default: return true
        }
    }

    /// Of the printable ones.
    private static func isForbidden(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","): true
        default: false
        }
    }
}

/// By the bytes of the canonical form: Swift's own `==` takes composed and decomposed text for equal, the store does not.
extension AccountName: Hashable {
    package static func == (left: AccountName, right: AccountName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
