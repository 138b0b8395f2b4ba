import Authentication
import Credentials

/// An outcome in a sentence that says what to do about it.
enum Explanation {
    static func sentence(_ outcome: Outcome, service: String, address: IPAddress) -> String {
        switch outcome {
        case .granted(let grant): granted(grant)
        case .denied(let denial): denied(denial, service: service, address: address)
        case .unavailable(.throttled(let throttle)):
            "this password is not looked at now: \(throttle.explanation); see 'postern throttle'. A generated app "
                + "password would be."
        case .unavailable(let failure): "nothing can be decided: \(failure.explanation)."
        }
    }

    private static func granted(_ grant: Grant) -> String {
        switch grant.credential {
        case .appPassword(let appPassword): "app password \(label(appPassword)) is right and may be used here."
        case .mainPassword where grant.enrolmentPending:
            "the main password is right; policy asks for a second factor, which is still to be enrolled."
        case .mainPassword: "the main password is right and may be used here."
        }
    }

    private static func denied(_ denial: Denial, service: String, address: IPAddress) -> String {
        let app = denial.appPassword.map(label) ?? ""
        let id = denial.appPassword?.id ?? "ID"
        let name = denial.account?.name.text ?? "ADDRESS"
        let service = Printable.text(service)
        switch denial.reason {
        case .malformedName:
            return "that is no user name: one address without spaces, commas, brackets or control characters."
        case .unknownService:
            return
                "'\(service)' is no service that Postern knows; give Dovecot's or Postfix's name for it, such as imap."
        case .malformedExchange: return "that was no message of a mechanism that is offered."
        case .identityRefused:
            return
                "the password is right, but the client asks to act as \(Printable.text(denial.detail ?? "somebody else"))."
        case .unknownUser:
            return "there is no account of this name (aliases do not sign in); see 'postern account list'."
        case .mismatch:
            return denial.looksMistyped
                ? "the password is wrong; it looks like an app password with a typing error."
                : "the password is wrong: neither the main password nor an app password of this account."
        case .secondFactorMissing: return "the main password is right, but a second factor is on and no code was given."
        case .secondFactorMismatch: return "the main password is right, the second-factor code is not."
        case .secondFactorOtherClock:
            return "the main password is right, the second-factor code is of another time; set the clock of the device."
        case .secondFactorThrottled:
            return "the main password is right, but too many wrong codes came before; see 'postern throttle list'."
        case .disabled:
            return "the password is right, but the account is disabled; see 'postern account enable \(name)'."
        case .mustChange: return "the main password is right, but must be changed on the web first."
        case .mainPasswordRefused:
            return "the main password is right, but \(cause(denial)), so \(service) takes app passwords only; "
                + "make one with 'postern app-password create \(name) --name Phone'."
        case .revoked: return "app password \(app) was revoked; make a new one with 'postern app-password create'."
        case .appPasswordDisabled:
            return "app password \(app) is disabled; see 'postern app-password enable \(name) \(id)'."
        case .expired: return "app password \(app) expired; make a new one with 'postern app-password create'."
        case .serviceNotAllowed:
            return "the password is right, but policy does not allow \(service); see 'postern account show \(name)'."
        case .outOfScope: return "app password \(app) is right, but not for \(service)."
        case .networkNotAllowed: return "app password \(app) is right, but not allowed from \(address)."
        }
    }

    private static func cause(_ denial: Denial) -> String {
        guard let account = denial.account, account.secondFactor == .off else { return "a second factor is on" }
        return account.secondFactorRequired ? "policy requires a second factor" : "policy requires app passwords"
    }

    private static func label(_ appPassword: AppPassword) -> String {
        "\(appPassword.id) (\(Printable.text(appPassword.name)))"
    }
}
