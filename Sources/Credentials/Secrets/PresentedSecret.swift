package import Bytes

/// A presented secret, and what it reads as.
package final class PresentedSecret: Sendable {
    /// The secret as it was presented.
    package let raw: Secret
    /// What it reads as, taken for an app password.
    package let reading: AppPasswordText.Reading

    /// Reads a secret as an app password, once.
    package init(_ raw: consuming Secret) {
        reading = raw.isEmpty ? .other : AppPasswordText.read(raw)
        self.raw = raw
    }

    /// Whether the secret is empty.
    package var isEmpty: Bool { raw.isEmpty }

    /// Whether the secret is as long as a generated app password but has a wrong check symbol.
    package var looksMistyped: Bool {
        switch reading {
        case .mistyped: true
        default: false
        }
    }

    /// Whether the secret has the form of a generated app password, which recovery codes have too.
    package var looksGenerated: Bool {
        switch reading {
        case .generated: true
        default: false
        }
    }

    /// The verifier by which a generated app password of the account is found; nil if the secret cannot be one.
    func verifier(account: AccountName, _ keys: Keys) -> [UInt8]? {
        switch reading {
        case .generated(let text): keys.appPassword.mac(account: account.text, secret: text)
        default: nil
        }
    }

    /// The tags by which slow app passwords of the account are found.
    func tags(account: AccountName, _ keys: Keys) -> (compact: Int64?, raw: Int64) {
        let raw = keys.tag(of: raw, account: account)
        switch reading {
        case .compact(let text): return (keys.tag(of: text, account: account), raw)
        default: return (nil, raw)
        }
    }
}
