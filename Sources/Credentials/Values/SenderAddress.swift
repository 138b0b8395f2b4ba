/// An address that an account may send as, or a whole domain, written `@example.org`. It is canonical, as account names
/// are.
package struct SenderAddress: Hashable, Sendable {
    /// The canonical form; `@example.org` for a domain.
    package let text: String

    /// Reads an address or `@example.org`; nil for anything else, such as a pattern, a bare name or `@a@example.org`.
    package init?(_ text: String) {
        // Patterns are not supported.
        guard !text.utf8.contains(UInt8(ascii: "*")) else { return nil }
        if text.utf8.first == UInt8(ascii: "@") {
            // A domain is valid if an address in it would be.
            guard let probe = AccountName("x" + text), probe.localPart == "x", probe.canBeAccount else { return nil }
            self.text = "@" + probe.domain
        } else {
            guard let name = AccountName(text), name.isAddress else { return nil }
            self.text = name.text
        }
    }

    /// Makes an account's own address.
    package init(_ name: AccountName) { text = name.text }

    /// Wraps an address as it is stored.
    package init(stored: String) { text = stored }

    /// Whether this is a whole domain.
    package var isDomain: Bool { text.utf8.first == UInt8(ascii: "@") }
}
