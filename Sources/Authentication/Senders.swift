import Credentials

/// Which envelope senders an account may use. Looked up as Postfix does for `smtpd_sender_login_maps` (src/global/
/// mail_addr_find.c): the address, then the address without its extension, then its domain. The first that belongs to
/// anybody decides, so that a domain never reaches another account's address.
struct Senders {
    /// As in Postfix: each of its characters begins an extension.
    let recipientDelimiter: [UInt8]

    init(_ configuration: Configuration) { recipientDelimiter = Array(configuration.recipientDelimiter.utf8) }

    func allow(_ sender: [UInt8], _ account: AccountState, _ store: Store) throws(StoreError) -> Bool {
        // Notifications come from nobody.
        if sender.isEmpty || account.sendsAsAny { return true }
        guard let address = AccountName(sender) else { return false }
        // An account that is older than canonical forms has its address as it is stored.
        if address == account.name || address.spelling?.utf8.elementsEqual(account.name.text.utf8) == true {
            return true
        }
        for text in [address.text, withoutExtension(address), "@" + address.domain].compactMap({ $0 }) {
            switch try store.ownership(of: text, by: account.name) {
            case .own: return true
            case .others: return false
            case .nobody: break
            }
        }
        return false
    }

    /// Nil if there is no extension (Postfix, src/global/split_addr.c).
    private func withoutExtension(_ address: AccountName) -> String? {
        let local = Array(address.localPart.utf8)
        guard !Self.neverSplit.contains(address.localPart) else { return nil }
        let isList = address.localPart.hasPrefix("owner-") || address.localPart.hasSuffix("-request")
        if isList, recipientDelimiter.contains(UInt8(ascii: "-")) { return nil }
        guard let start = local.firstIndex(where: recipientDelimiter.contains), start > 0 else { return nil }
        return String(decoding: local[..<start], as: UTF8.self) + "@" + address.domain
    }

    private static let neverSplit = ["mailer-daemon", "postmaster", "double-bounce"]
}
