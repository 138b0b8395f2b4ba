import Credentials

/// The message of an auth log line, for each outcome. Log consumers look at how it begins: they count `Password
/// mismatch` and `unknown user`, and nothing else.
enum LogMessage {
    static func append(_ outcome: Outcome, service: String, to line: inout [UInt8]) {
        switch outcome {
        case .granted(let grant): append(grant, to: &line)
        case .denied(let denial): line += describe(denial, service: service).utf8
        case .unavailable(.throttled(let throttle)): line += ("Throttled: " + throttle.explanation).utf8
        case .unavailable(let failure): line += ("Temporary failure: " + printable(failure.explanation)).utf8
        }
    }

    static func append(_ grant: Grant, to line: inout [UInt8]) {
        switch grant.credential {
        case .mainPassword:
            let pending = grant.enrolmentPending ? ", second factor not enrolled yet" : ""
            let session = grant.session.map { ", app password \($0.id) for its session" } ?? ""
            let failure = grant.sessionFailure.map { ", no app password for its session: " + printable($0.explanation) }
            line += ("Signed in with main password" + pending + session + (failure ?? "")).utf8
        case .appPassword(let appPassword):
            appendGrant(to: &line) { append(appPassword, to: &$0) }
        }
    }

    /// Appends the message of a grant with an app password.
    ///
    /// - Parameter appPassword: Appends the app password as `append(_:to:)` does.
    static func appendGrant(to line: inout [UInt8], appPassword: (inout [UInt8]) -> Void) {
        line += "Signed in with app password ".utf8
        appPassword(&line)
    }

    /// Appends the id and the name of an app password. Nearly all lines have it, so no String is made on the way.
    static func append(_ appPassword: AppPassword, to line: inout [UInt8]) {
        line += appPassword.id.utf8
        line += " (".utf8
        LogText.append(Array(appPassword.name.utf8).span, to: &line)
        line.append(UInt8(ascii: ")"))
    }

    private static func describe(_ denial: Denial, service: String) -> String {
        switch denial.guess {
        case .repeated(let known):
            let times = "(\(known.count + 1) times since \(known.first.iso8601))"
            if case .same = known.former { return "Old main password again \(times)" }
            return "Same wrong password again \(times)"
        case .first:
            return "Wrong password from a known network" + describePresented(denial) + describeTypingError(denial)
        case .none, .counted, .spends: break
        }
        let id = denial.appPassword?.id ?? "-"
        let name = denial.appPassword.map(label) ?? ""
        switch denial.reason {
        case .malformedName, .unknownUser: return "unknown user" + describePresented(denial)
        case .mismatch: return "Password mismatch" + describePresented(denial) + describeTypingError(denial)
        case .malformedExchange: return "Malformed exchange: " + (denial.detail ?? "")
        case .identityRefused: return "Identity refused: " + (denial.detail ?? "")
        case .secondFactorMismatch:
            return "Password mismatch (second factor)" + (denial.codeFault.map { ", a code " + $0.explanation } ?? "")
        case .secondFactorOtherClock:
            return "Second factor refused: a code " + (denial.codeFault.map(\.explanation) ?? "of another clock")
        case .secondFactorThrottled: return "Throttled: " + (denial.throttle?.explanation ?? "")
        case .secondFactorMissing: return "Second factor missing"
        case .mainPasswordRefused:
            let place = denial.isAlarm ? " from a new network" : ""
            return "Main password refused\(place): \(why(denial)), an app password is needed"
        case .disabled: return "Account refused: disabled"
        case .mustChange: return "Account refused: must change its password"
        case .unknownService: return "Service refused: \(LogText.encode(service)) unknown"
        case .revoked: return "App password refused: \(id) revoked\(name)"
        case .appPasswordDisabled: return "App password refused: \(id) disabled\(name)"
        case .expired: return "App password refused: \(id) expired\(name)"
        case .serviceNotAllowed: return "Service refused: \(LogText.encode(service)) not allowed by policy"
        case .outOfScope: return "App password refused: \(id) not for \(LogText.encode(service))\(name)"
        case .networkNotAllowed: return "App password refused: \(id) not from this network\(name)"
        }
    }

    private static func why(_ denial: Denial) -> String {
        guard let account = denial.account, account.secondFactor == .off else { return "second factor is on" }
        return account.secondFactorRequired ? "policy requires a second factor" : "policy requires app passwords"
    }

    private static func describePresented(_ denial: Denial) -> String {
        denial.fingerprint.map { " (SHA1 of given password: \($0))" } ?? ""
    }

    private static func describeTypingError(_ denial: Denial) -> String {
        denial.looksMistyped ? ", looks like an app password with a typing error" : ""
    }

    /// Appends the note that a device still uses the previous main password.
    static func appendFormer(until: Timestamp, to line: inout [UInt8]) {
        line += "Old main password of \(until.iso8601.prefix(10)) still in use".utf8
    }

    /// The name that its owner gave it; it stands after the fixed part of the message.
    private static func label(_ appPassword: AppPassword) -> String { " (\(LogText.encode(appPassword.name)))" }

    /// Replaces all but printable ASCII with question marks: explanations contain paths and messages of SQLite.
    private static func printable(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
