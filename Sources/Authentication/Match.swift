package import Credentials

/// The credential that a right secret belongs to, and the upgrade that its hash is due for.
enum Match: Sendable {
    case mainPassword(Upgrade?)
    case appPassword(AppPassword, Upgrade?)

    var credential: Grant.Credential {
        switch self {
        case .mainPassword: .mainPassword
        case .appPassword(let appPassword, _): .appPassword(appPassword)
        }
    }

    var upgrade: Upgrade? {
        switch self {
        case .mainPassword(let upgrade), .appPassword(_, let upgrade): upgrade
        }
    }
}

/// The result of a slow hash.
struct Proof: Sendable {
    /// Nil: the secret is wrong, or it could not be verified.
    let match: Match?
    /// Why one of the hashes could not be verified.
    let failure: HashError?
    /// Whether the account was still unchanged after the hash.
    var isCurrent = false
}

/// A stored hash that is to be replaced while the right secret is at hand.
package enum Upgrade: Sendable {
    case mainHash(old: String)
    case appPassword(AppPassword, old: String)
}
