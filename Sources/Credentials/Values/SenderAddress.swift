/// What an account may send as: an address, or all of a domain, written `@example.org`. Canonical as account names are.
package struct SenderAddress: Hashable, Sendable {
    package let text: String

    /// Nil for what cannot be a sender's address: a pattern, a bare name, an address without a local part but with more
    /// than a domain.
    package init?(_ text: String) {
        // There are no patterns.
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

    package init(_ name: AccountName) { text = name.text }

    /// As the store has it.
    package init(stored: String) { text = stored }

    package var isDomain: Bool { text.utf8.first == UInt8(ascii: "@") }
}
