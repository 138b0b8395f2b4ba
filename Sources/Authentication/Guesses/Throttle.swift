package import Credentials

/// A budget that is spent, and how long further secrets have to wait.
package struct Throttle: Sendable, Equatable {
    /// What the budget belongs to.
    package enum Scope: String, Sendable {
        /// A network, for accounts that never signed in from it.
        case network
        case accountAndNetwork = "account and network"
        /// An account, for networks that it never signed in from.
        case account
        /// The second-factor codes of an account.
        case codes
    }

    /// The budget that is spent.
    package let scope: Scope
    /// Guesses within the window; for an account, at most `guess_account_limit` are counted.
    package let guesses: Int
    /// The first of these guesses.
    package let since: Timestamp
    /// When the next secret is looked at.
    package let until: Timestamp

    /// The text after "Throttled:", without a full stop.
    package var explanation: String {
        let end = until.iso8601
        return switch scope {
        case .network: "too many wrong passwords from this network (\(guesses)); next attempt accepted after \(end)"
        case .accountAndNetwork:
            "too many wrong passwords for this account from this network (\(guesses)); next attempt accepted after \(end)"
        case .account:
            "too many wrong passwords for this account (\(guesses)); networks that are new to it are refused until \(end)"
        case .codes: "too many wrong codes for this account (\(guesses)); next one accepted after \(end)"
        }
    }
}
