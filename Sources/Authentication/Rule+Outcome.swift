package import Credentials

extension Rule {
    /// The outcome of a sign-in whose secret is right, for callers that know the credential but not the secret.
    package static func outcome(
        with credential: Grant.Credential, account: AccountState, service name: String, address: IPAddress,
        now: Timestamp
    ) -> Outcome {
        guard let service = Service(channelName: name) else {
            return .denied(Denial(reason: .unknownService, guess: .none))
        }
        var pending = false
        let reason: DenialReason?
        switch credential {
        case .appPassword(let appPassword):
            reason = refusal(appPassword, account: account, service: service, address: address, now: now)
        case .mainPassword:
            switch judgeMainPassword(account: account, service: service, now: now) {
            case .grant(let isPending):
                pending = isPending
                reason = nil
            case .askCode: reason = .secondFactorMissing
            case .deny(let why): reason = why
            }
        }
        if let reason {
            return .denied(Denial(reason: reason, guess: .none, appPassword: credential.appPassword, account: account))
        }
        return .granted(Grant(account: account, credential: credential, enrolmentPending: pending))
    }
}

extension Grant.Credential {
    var appPassword: AppPassword? {
        switch self {
        case .mainPassword: nil
        case .appPassword(let appPassword): appPassword
        }
    }
}
