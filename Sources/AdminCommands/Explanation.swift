import Administration
import Authentication
import Credentials

/// Explains an outcome in a sentence that says what to do about it.
enum Explanation {
    static func sentence(_ outcome: Outcome, service: String, address: IPAddress) -> String {
        switch outcome {
        case .granted(let grant): describe(grant)
        case .denied(let denial): describe(denial, service: service, address: address)
        case .unavailable(.throttled(let throttle)):
            "this password is not checked now: \(throttle.explanation); see 'postern throttle list'. A generated app "
                + "password would be checked."
        case .unavailable(let failure): "no decision is possible: \(failure.explanation)."
        }
    }

    private static func describe(_ grant: Grant) -> String {
        switch grant.credential {
        case .appPassword(let appPassword): "app password \(label(appPassword)) is right and may be used."
        case .mainPassword where grant.enrolmentPending:
            "the main password is right; policy requires a second factor, which is not enrolled yet."
        case .mainPassword: "the main password is right and may be used."
        }
    }

    private static func describe(_ denial: Denial, service: String, address: IPAddress) -> String {
        let app = denial.appPassword.map(label) ?? ""
        let id = denial.appPassword?.id ?? "ID"
        let name = denial.account?.name.text ?? "ADDRESS"
        let service = Printable.text(service)
        switch denial.reason {
        case .malformedName:
            return "that is not a user name; use one address without spaces, commas, brackets or control characters."
        case .unknownService:
            return
                "Postern does not know the service '\(service)'; use Dovecot's or Postfix's name for it, such as imap."
        case .malformedExchange: return "the client sent no valid message of an offered mechanism."
        case .identityRefused:
            return
                "the password is right, but the client asks to act as "
                + "\(Printable.text(denial.detail ?? "somebody else"))."
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
            return
                "the main password is right, but too many wrong codes were given before; see 'postern throttle list'."
        case .disabled:
            return "the password is right, but the account is disabled; see 'postern account enable \(name)'."
        case .mustChange: return "the main password is right, but it must be changed on the web first."
        case .mainPasswordRefused:
            return "the main password is right, but \(cause(denial)), so \(service) accepts app passwords only; "
                + "make one with 'postern app-password create \(name) --name Phone'."
        case .revoked:
            return "app password \(app) was revoked; make a new one with 'postern app-password create \(name)'."
        case .appPasswordDisabled:
            return "app password \(app) is disabled; see 'postern app-password enable \(name) \(id)'."
        case .expired:
            return "app password \(app) expired; make a new one with 'postern app-password create \(name)'."
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
