import Authentication
package import Bytes
package import Credentials

/// Enrolling and removing second factors.
extension Administrator {
    /// Makes a seed and stores it for a day, until it is confirmed. It is not in use before.
    ///
    /// - Returns: An otpauth URI for the owner's authenticator program.
    /// - Throws: `Refusal.secondFactorIsExternal`, `.noAccount`.
    package func beginEnrolment(_ account: AccountState) throws(AdministrationError) -> Secret {
        guard account.secondFactor != .external else { throw .refused(.secondFactorIsExternal(account.name)) }
        let seed = try Self.seed()
        let change = change(account.name.text, "second-factor enroll")
        let isStored = try storing { store throws(StoreError) in
            try store.beginEnrolment(account: account.name, seed: seed, keys: keys, change: change)
        }
        guard isStored else { throw .refused(.noAccount(account.name)) }
        return OTPAuth.uri(account: account.name, seed: seed)
    }

    private static func seed() throws(AdministrationError) -> Secret {
        try withRandom { () throws(RandomFailure) in
            var bytes = try randomBytes(TOTP.seedLength)
            return Secret(wiping: &bytes)
        }
    }

    /// Switches the second factor on with a first code of the new seed. The code cannot be used again.
    ///
    /// - Throws: `Refusal.secondFactorIsExternal`, `.nothingToConfirm`, `.wrongCode`.
    package func confirmEnrolment(
        _ account: AccountState, code: borrowing Secret
    ) throws(AdministrationError) -> ConfirmedEnrolment {
        let name = account.name
        guard account.secondFactor != .external else { throw .refused(.secondFactorIsExternal(name)) }
        let codes = try RecoveryCodes(name, keys)
        let stopped = try stoppedPrograms(account, account.with(.totp))
        let change = change(name.text, "second-factor confirm")
        let result = try storing { store throws(StoreError) in
            try store.confirmEnrolment(
                account: name, code: code, recoveryCodes: codes.macs, keys: keys, change: change)
        }
        switch result {
        case .done: return ConfirmedEnrolment(codes: codes, stopped: stopped)
        case .nothingPending: throw .refused(.nothingToConfirm(name))
        case .wrong(let fault): throw .refused(.wrongCode(fault))
        }
    }

    /// Makes new recovery codes; the previous ones are no longer accepted.
    ///
    /// - Throws: `Refusal.noSecondFactor`.
    package func replaceRecoveryCodes(_ account: AccountState) throws(AdministrationError) -> RecoveryCodes {
        let codes = try RecoveryCodes(account.name, keys)
        try change(
            account.name, "second-factor recovery-codes",
            unless: { $0.secondFactor == .totp ? nil : .noSecondFactor($0.name) }
        ) { change throws(StoreError) in
            try store.replaceRecoveryCodes(codes.macs, account: account.name, change: change)
        }
        return codes
    }

    /// Switches the second factor off and deletes its seed and recovery codes, and any seed that is not confirmed yet.
    ///
    /// - Throws: `Refusal.noSecondFactor`.
    package func removeSecondFactor(_ account: AccountState) throws(AdministrationError) {
        try change(
            account.name, "second-factor remove",
            unless: { account throws(StoreError) in
                let isPending = try store.secondFactorDetail(account: account.name).pendingSince != nil
                return account.secondFactor == .totp || account.secondFactor == .off && isPending
                    ? nil : .noSecondFactor(account.name)
            }
        ) { change throws(StoreError) in
            try store.removeSecondFactor(account: account.name, change: change)
        }
    }

    /// Records whether a second factor that is managed outside Postern is on.
    ///
    /// - Returns: The programs that can no longer sign in or read mail.
    /// - Throws: `Refusal.secondFactorIsOurs`.
    package func setExternalSecondFactor(
        _ isOn: Bool, _ account: AccountState
    ) throws(AdministrationError) -> StoppedPrograms {
        let stopped = try stoppedPrograms(account, account.with(isOn ? .external : .off))
        try change(
            account.name, "second-factor external", isOn ? "on" : "off",
            unless: { $0.secondFactor == .totp ? .secondFactorIsOurs($0.name) : nil }
        ) { change throws(StoreError) in
            try store.setExternalSecondFactor(isOn, account: account.name, change: change)
        }
        return stopped
    }

    private func stoppedPrograms(
        _ before: AccountState, _ after: AccountState
    ) throws(AdministrationError) -> StoppedPrograms {
        try storing { store throws(StoreError) in try StoppedPrograms(store, before, after, now: clock()) }
    }
}

/// A second factor that was just switched on.
package struct ConfirmedEnrolment: ~Copyable {
    /// The recovery codes, for the owner.
    package let codes: RecoveryCodes
    /// Programs that can no longer sign in or read mail.
    package let stopped: StoppedPrograms
}

/// A new set of recovery codes, to be shown to its owner.
package struct RecoveryCodes: ~Copyable, Sendable {
    private static let count = 10

    /// The MACs that the store keeps.
    let macs: [[UInt8]]
    /// The codes as they are typed, one a line, without an end of the last line.
    package let text: Secret

    init(_ account: AccountName, _ keys: Keys) throws(AdministrationError) {
        var macs: [[UInt8]] = []
        var lines: [UInt8] = []
        // Reserved at once: growing the array would leave a copy of the codes in memory.
        lines.reserveCapacity(Self.count * 64)
        try Administrator.withRandom { () throws(RandomFailure) in
            for number in 1...Self.count {
                let code = try AppPasswordText.makeGenerated()
                macs.append(keys.recoveryCode.mac(account: account.text, secret: code))
                unsafe AppPasswordText.display(code).withBytes { unsafe lines.append(contentsOf: $0) }
                if number < Self.count { lines.append(UInt8(ascii: "\n")) }
            }
        }
        self.macs = macs
        text = Secret(wiping: &lines)
    }
}
