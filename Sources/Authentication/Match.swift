package import Credentials

/// A secret that turned out to be right.
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

/// What a slow hash gave.
struct Proof: Sendable {
    /// Nil: the secret is wrong, or nobody can tell.
    let match: Match?
    /// Why one of the hashes could not be verified.
    let failure: HashError?
    /// Whether the account was still the same afterwards: the hash took its time.
    var isCurrent = false
}

/// A stored hash that the right secret, just given, can replace.
package enum Upgrade: Sendable {
    case mainHash(old: String)
    case appPassword(AppPassword, old: String)
}
