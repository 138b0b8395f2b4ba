import Credentials

/// A device that still uses the previous main password, as reports print it.
struct OldMainPasswordView: ListEntry {
    static let headings = ["OLD MAIN PASSWORD", "NETWORK", "SERVICE", "REPLACED", "SINCE", "LAST", "ATTEMPTS"]

    let account: String
    let network: String
    let service: String
    /// When the password was replaced.
    let replaced: String
    let since: String
    let last: String
    let attempts: Int64

    init(_ use: Store.FormerUse) {
        account = use.account
        network = use.network.description
        service = use.service
        replaced = use.until.iso8601
        since = use.first.iso8601
        last = use.last.iso8601
        attempts = use.attempts
    }

    var cells: [String] { [account, network, service, replaced, since, last, "\(attempts)"] }
}
