import Credentials

/// A device that goes on using the main password before the present one, as reports print it.
struct OldMainPasswordView: Encodable {
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

    static func printTable(_ views: [Self]) {
        Output.table(
            ["OLD MAIN PASSWORD", "NETWORK", "SERVICE", "REPLACED", "SINCE", "LAST", "ATTEMPTS"],
            views.map { [$0.account, $0.network, $0.service, $0.replaced, $0.since, $0.last, "\($0.attempts)"] })
    }
}
