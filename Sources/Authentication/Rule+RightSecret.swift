package import Credentials

/// The rule, once the secret is known to be right.
extension Rule {
    /// The decision on a right main password.
    package enum Verdict {
        case grant(enrolmentPending: Bool)
        /// Granted if the second-factor code is right.
        case askCode
        case deny(DenialReason)
    }

    /// Decides a sign-in with the right main password.
    package static func judgeMainPassword(account: AccountState, service: Service, now: Timestamp) -> Verdict {
        if account.isDisabled(at: now) { return .deny(.disabled) }
        guard service.isMail else { return judgeWeb(account: account) }
        // The password can be changed on the web only, so `web` still accepts it.
        if account.mustChange { return .deny(.mustChange) }
        let isRefused = account.secondFactor != .off || account.appPasswordsRequired || account.secondFactorRequired
        if isRefused { return .deny(.mainPasswordRefused) }
        return account.services.allows(service) ? .grant(enrolmentPending: false) : .deny(.serviceNotAllowed)
    }

    private static func judgeWeb(account: AccountState) -> Verdict {
        switch account.secondFactor {
        case .totp: .askCode
        // A second factor is on, but Postern cannot check it.
        case .external: .deny(.secondFactorMissing)
        case .off: .grant(enrolmentPending: account.secondFactorRequired)
        }
    }

    /// Returns why a right app password of the account is refused; nil if it is granted.
    package static func refusal(
        _ appPassword: AppPassword, account: AccountState, service: Service, address: IPAddress?, now: Timestamp
    ) -> DenialReason? {
        if account.isDisabled(at: now) { return .disabled }
        switch appPassword.state(at: now) {
        case .revoked: return .revoked
        case .disabled: return .appPasswordDisabled
        case .expired: return .expired
        case .active: break
        }
        if service.isMail, !account.services.allows(service) { return .serviceNotAllowed }
        guard service.isMail, appPassword.scope.allows(service) else { return .outOfScope }
        if !appPassword.networks.isEmpty {
            guard let address, appPassword.networks.contains(where: { $0.contains(address) }) else {
                return .networkNotAllowed
            }
        }
        return nil
    }
}

/// The checks that are left for an app password in good order at an account in good order: service and time.
package struct Standing: Sendable {
    private let expires: Timestamp
    /// As in `Scope`.
    private let services: UInt8

    /// Nil if more has to be checked: the app password or its account is disabled, even if only until a given time, or
    /// the app password is revoked, limited to some networks, or belongs to a webmail's session.
    package init?(_ appPassword: AppPassword, account: AccountState) {
        guard account.disabledSince == nil, appPassword.disabled == nil, appPassword.revoked == nil,
            appPassword.networks.isEmpty, !appPassword.isOfSession
        else { return nil }
        services = UInt8(truncatingIfNeeded: account.services.intersection(appPassword.scope).rawValue)
        expires = appPassword.expires ?? Timestamp(.max)
    }

    /// Whether `Rule.refusal` would give no reason.
    package func allows(_ service: Service, now: Timestamp) -> Bool {
        service.isMail && Scope(rawValue: Int64(services)).allows(service) && now < expires
    }
}
