import Bytes
import Credentials

/// Makes the record of an account from an account of another system.
struct RecordMaker {
    let store: Store
    let keys: Keys
    let digests: ImportDigests
    let hasher: ImportedHasher
    let now: Timestamp

    /// Returns what the account will become. Secrets that did not change in the source stay as they are in Postern,
    /// where a sign-in may have upgraded their hashes.
    ///
    /// - Parameters:
    ///   - old: The account as it is in Postern; nil if it is new.
    ///   - marks: The marks of the previous import.
    func proposal(
        of account: borrowing ImportedAccount, over old: StoreRecord.Account?, _ marks: [String: ImportMark],
        _ extent: ImportExtent
    ) throws(StoreError) -> ImportProposal {
        var proposal = ImportProposal(old ?? StoreRecord.Account(address: account.name.text, created: now))
        proposal.marks =
            extent == .newAppPasswords ? marks : [ImportProposal.mainPasswordItem: mainPasswordMark(of: account)]
        if extent == .whole {
            proposal.notes = account.notes.map(\.text)
            try setMainPassword(of: account, marks[ImportProposal.mainPasswordItem], isNew: old == nil, &proposal)
            try setProperties(of: account, &proposal.record)
            revokeMissing(of: account, marks, &proposal.record)
        }
        try setAppPasswords(of: account, marks, extent, &proposal)
        return proposal
    }

    func mainPasswordMark(of account: borrowing ImportedAccount) -> ImportMark {
        // A hash that tells its scheme is the same with and without {SCHEME} in front.
        var hash = account.mainHash ?? ""
        if let end = hash.firstIndex(of: "}"), hash[hash.index(after: end)...].hasPrefix("$") {
            hash.removeSubrange(...end)
        }
        return ImportMark(digest: digests.digest(of: hash.utf8, account: account.name.text))
    }

    private func setProperties(of account: borrowing ImportedAccount, _ record: inout StoreRecord.Account)
        throws(StoreError)
    {
        if !account.isDisabled {
            (record.disabledSince, record.disabledUntil) = (nil, nil)
        } else if record.disabledSince == nil || record.disabledUntil != nil {
            (record.disabledSince, record.disabledUntil) = (now, nil)
        }
        record.mustChange = account.mustChange
        try setSecondFactor(of: account, &record)
        record.policy.appPasswordsRequired = account.policy.appPasswordsRequired
        record.policy.services = try services(of: account)
        record.mailUID = account.mailbox.uid
        record.mailGID = account.mailbox.gid
        record.mailHome = account.mailbox.home
        record.mailFields = account.mailbox.fields.isEmpty ? nil : account.mailbox.fields.map(\.text)
        if let aliases = account.aliases { record.aliases = aliases.map(\.text) }
    }

    private func setMainPassword(
        of account: borrowing ImportedAccount, _ mark: ImportMark?, isNew: Bool, _ proposal: inout ImportProposal
    ) throws(StoreError) {
        let whyNot = account.mainHash.flatMap { hasher.whyNotVerifiable($0) }
        if let whyNot {
            proposal.notes.append(
                "its main password cannot be verified (\(whyNot)): sign-ins with it are temporary failures "
                    + "until another one is set")
            proposal.isIncomplete = true
        }
        let isSame = mark == mainPasswordMark(of: account)
        let isPlaceholder = ImportedHasher.isPlaceholder(proposal.record.mainHash)
        guard isNew || !isSame || isPlaceholder && whyNot == nil else { return }
        let hash = try account.mainHash.map { stored throws(StoreError) in
            try hasher.convertMainPassword(stored, isVerifiable: whyNot == nil)
        }
        proposal.record.mainHash = hash?.text
        proposal.record.mainIsMapped = hash?.isMapped == true ? true : nil
        proposal.isNewMainPassword = true
    }

    private func setSecondFactor(of account: borrowing ImportedAccount, _ record: inout StoreRecord.Account)
        throws(StoreError)
    {
        let isSame = record.secondFactor == account.secondFactor.rawValue
        switch account.secondFactor {
        case .off: (record.secondFactorSince, record.sealedSeed) = (nil, nil)
        case .external where isSame: return
        case .external: record.sealedSeed = nil
        case .totp:
            if isSame, let sealed = record.sealedSeed, try isSeed(account.seed, sealed, record.address) { return }
            guard let sealed = keys.seal(account.seed, account: AccountName(stored: record.address)) else {
                throw .secret(.notSealed)
            }
            record.sealedSeed = hex(sealed)
        }
        record.secondFactor = account.secondFactor.rawValue
        if account.secondFactor != .off { record.secondFactorSince = record.secondFactorSince ?? now }
        record.usedSteps = nil
        if account.secondFactor != .totp { record.recoveryCodes = [] }
    }

    private func isSeed(_ seed: borrowing Secret, _ sealed: String, _ address: String) throws(StoreError) -> Bool {
        guard let opened = decodeHex(sealed[...]).flatMap({ keys.open($0, account: AccountName(stored: address)) })
        else { return false }
        return opened.equals(seed)
    }

    /// Returns the services of the source that its domain allows; nil if the source does not limit them.
    private func services(of account: borrowing ImportedAccount) throws(StoreError) -> [String]? {
        guard let services = account.policy.services else { return nil }
        return StoreRecord.names(
            services.intersection(try store.policy(domain: account.name.domain)?.services ?? .mail))
    }
}
