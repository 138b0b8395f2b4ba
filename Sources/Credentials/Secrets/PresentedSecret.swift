package import Bytes

/// A secret that somebody presented, and what it reads as.
package final class PresentedSecret: Sendable {
    /// As it came.
    package let raw: Secret
    package let reading: AppPasswordText.Reading

    package init(_ raw: consuming Secret) {
        reading = raw.isEmpty ? .other : AppPasswordText.read(raw)
        self.raw = raw
    }

    package var isEmpty: Bool { raw.isEmpty }

    /// As long as a generated app password, with a check symbol that does not fit.
    package var looksMistyped: Bool {
        switch reading {
        case .mistyped: true
        default: false
        }
    }

    /// Has the form of a generated app password, as recovery codes do.
    package var looksGenerated: Bool {
        switch reading {
        case .generated: true
        default: false
        }
    }

    /// What a generated app password of the account is found by; nil if the secret cannot be one.
    func verifier(account: AccountName, _ keys: Keys) -> [UInt8]? {
        switch reading {
        case .generated(let text): keys.appPassword.mac(account: account.text, secret: text)
        default: nil
        }
    }

    /// What slow app passwords of the account are found by.
    func tags(account: AccountName, _ keys: Keys) -> (compact: Int64?, raw: Int64) {
        let raw = keys.tag(of: raw, account: account)
        switch reading {
        case .compact(let text): return (keys.tag(of: text, account: account), raw)
        default: return (nil, raw)
        }
    }
}
