import Credentials

/// An account as `list` and `show` print it.
struct AccountView: ListEntry {
    static let headings = ["ADDRESS", "STATE", "SECOND FACTOR", "MAIL PROGRAMS NEED", "CREATED"]

    let address: String
    let state: String
    @OrNull var disabledUntil: String?
    let mustChange: Bool
    let hasMainPassword: Bool
    let secondFactor: String
    @OrNull var secondFactorSince: String?
    let appPasswordsRequired: Bool
    let secondFactorRequired: Bool
    let services: [String]
    let created: String

    /// Whether the main password is refused on mail services.
    var needsAppPassword: Bool { secondFactor != "off" || appPasswordsRequired || secondFactorRequired }

    var cells: [String] {
        [
            address, state + (mustChange ? ", must change" : ""), secondFactor,
            needsAppPassword ? "app password" : "any password", created,
        ]
    }

    init(_ account: AccountState, now: Timestamp) {
        address = account.name.text
        state = account.isDisabled(at: now) ? "disabled" : "active"
        disabledUntil = account.isDisabled(at: now) ? account.disabledUntil?.iso8601 : nil
        mustChange = account.mustChange
        hasMainPassword = account.mainHash != nil
        secondFactor = account.secondFactor.rawValue
        secondFactorSince = account.secondFactorSince?.iso8601
        appPasswordsRequired = account.appPasswordsRequired
        secondFactorRequired = account.secondFactorRequired
        services = account.services.services.map(\.rawValue)
        created = account.created.iso8601
    }
}
