import Credentials

/// Decides which envelope senders an account may use. Looks them up as Postfix does for `smtpd_sender_login_maps`
/// (src/global/mail_addr_find.c): the address, then the address without its extension, then its domain. The first that
/// has an owner decides, so that a domain never includes another account's address.
struct Senders {
    /// As in Postfix: each of its characters begins an extension.
    let recipientDelimiter: [UInt8]

    init(_ configuration: Configuration) { recipientDelimiter = Array(configuration.recipientDelimiter.utf8) }

    /// The addresses and domains by which a sender may have an owner; the first that has one decides. Empty if the
    /// sender is no address.
    func places(of sender: [UInt8]) -> [String] {
        guard let address = AccountName(sender) else { return [] }
        return [address.text, withoutExtension(address), "@" + address.domain].compactMap { $0 }
    }

    /// Whether the account may use the sender.
    ///
    /// - Parameter owner: Who owns the sender, seen from the account.
    func allow(_ sender: [UInt8], _ account: AccountState, _ owner: Ownership) -> Bool {
        // Notifications have the empty sender.
        if sender.isEmpty || account.sendsAsAny || owner == .own { return true }
        // An account from before canonical forms has its address as it is stored.
        guard let address = AccountName(sender) else { return false }
        return address == account.name || address.spelling?.utf8.elementsEqual(account.name.text.utf8) == true
    }

    /// The address without its extension; nil if it has none (Postfix, src/global/split_addr.c).
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
