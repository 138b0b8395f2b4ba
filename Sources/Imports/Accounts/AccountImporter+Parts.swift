import Bytes
import Credentials

/// What an account is made of, part by part.
extension AccountImporter {
    /// - Parameters:
    ///   - changed: What changed there.
    ///   - old: Its digest at the last import.
    ///   - isVerifiable: Whether its main password, if that changed, can be verified.
    ///   - mustChange: Whether it must change its main password, if that changed.
    /// - Returns: What changed here.
    func takeParts(
        _ changed: [ImportDigests.AccountPart], of account: borrowing ImportedAccount, _ old: [UInt8],
        isVerifiable: Bool, mustChange: Bool
    ) throws(StoreError) -> [String] {
        let name = account.name
        var content: [String] = []
        for part in changed {
            switch part {
            case .mainPassword:
                let new = try mainPassword(of: account, isVerifiable: isVerifiable)
                _ = try store.setMainPassword(
                    new, former: hasher.keepsFormers ? .replaced : .none, account: name,
                    change: change(name, "account password"))
                if mustChange { try setMustChange(true, name) }
            // With the other reasons to close it.
            case .disabled: continue
            case .mustChange: try setMustChange(account.mustChange, name)
            case .secondFactor:
                guard try mayReplaceSecondFactor(of: name, old) else {
                    note(
                        ImportNote(
                            name.text,
                            "its second factor was set here, and there it is \(account.secondFactor.rawValue) now: stays "
                                + "as it is here"))
                    continue
                }
                try setSecondFactor(of: account)
            case .appPasswordsRequired: try setPolicy(account.policy, .appPasswords, name)
            case .services: try setPolicy(account.policy, .services, name)
            case .mailbox:
                _ = try store.setMailbox(account.mailbox, account: name, change: change(name, "account mailbox"))
            }
            content.append(part == .mustChange && !account.mustChange ? "need not change" : part.rawValue)
        }
        return content
    }

    func mainPassword(of account: borrowing ImportedAccount, isVerifiable: Bool) throws(StoreError)
        -> MainPasswordHash?
    {
        try account.mainHash.map { stored throws(StoreError) in
            try hasher.keepMainPassword(stored, isVerifiable: isVerifiable)
        }
    }

    func setMustChange(_ must: Bool, _ name: AccountName) throws(StoreError) {
        _ = try store.setMustChange(
            must, account: name, change: change(name, "account must-change", must ? "on" : "off"))
    }

    /// - Parameter parts: Those that the source speaks of; the others stay.
    func setPolicy(_ policy: Policy, _ parts: PolicyChange.Parts, _ name: AccountName) throws(StoreError) {
        var said = Policy()
        if parts.contains(.appPasswords) { said.appPasswordsRequired = policy.appPasswordsRequired }
        if parts.contains(.services), let services = policy.services {
            // Not more than the domain allows.
            said.services = services.intersection(try store.policy(domain: name.domain)?.services ?? .mail)
        }
        _ = try store.setPolicy(
            PolicyChange(said, unsaid: parts), account: name, change: change(name, "account policy"))
    }

    /// One that was set here is not taken away.
    private func mayReplaceSecondFactor(of name: AccountName, _ old: [UInt8]) throws(StoreError) -> Bool {
        switch try store.account(name)?.secondFactor {
        case .totp:
            if let seed = try store.totpSeed(account: name, keys: keys) {
                digests.had(.totp, seed, name, old)
            } else {
                true
            }
        case .external: digests.had(.external, Secret([]), name, old)
        case .off, nil: true
        }
    }

    func setSecondFactor(of account: borrowing ImportedAccount) throws(StoreError) {
        let name = account.name
        switch account.secondFactor {
        case .off: _ = try store.removeSecondFactor(account: name, change: change(name, "second-factor remove"))
        case .external:
            _ = try store.setExternalSecondFactor(
                true, account: name, change: change(name, "second-factor external", "on"))
        case .totp:
            _ = try store.enrolTOTP(
                account: name, seed: account.seed, keys: keys, change: change(name, "second-factor enroll"))
        }
    }
}
