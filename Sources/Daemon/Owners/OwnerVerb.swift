import Administration
import Bytes
import Credentials
import WireProtocols

/// What an owner can ask for in a session, and the replies: the verbs of `account_socket`, as postern-protocols(7) lists
/// them.
enum OwnerVerb: String, CaseIterable {
    case devices, device, create, rotate, alter, pause, resume, revoke, profile
    case putBack = "put-back"
    case secondFactor = "second-factor"
    case enrol
    case confirmEnrolment = "confirm-enrolment"
    case recoveryCodes = "recovery-codes"
    case removeSecondFactor = "remove-second-factor"
    case activity, sessions
    case endSessions = "end-sessions"
    case signOut = "sign-out"

    /// Carries out a request.
    ///
    /// - Throws: What the action throws.
    func answer(_ request: AccountRequest, _ owner: Owner) throws(AdministrationError) -> Secret {
        let form = request.bytes("form")
        let id = request["id"]
        // With what is shown once: another question for the page could fail.
        let account: AccountReply.Fields = [("account", owner.account.name.text)]
        switch self {
        case .devices: return try OwnerView.devices(owner)
        case .device: return try OwnerView.device(id, owner)
        case .create:
            let made = try owner.create(
                try Self.newAppPassword(request), isCompact: request.isYes("compact"), form: form)
            return Self.show(made, owner)
        case .rotate: return Self.show(try owner.rotate(id, grace: Int64(request["grace"]) ?? -1, form: form), owner)
        case .alter:
            try owner.alter(
                id, name: request["name"], scope: Self.scope(request), networks: try Self.networks(request), form: form)
        case .pause: try owner.pause(id, form: form)
        case .resume: try owner.resume(id, form: form)
        case .revoke: try owner.revoke(id, form: form)
        case .putBack: try owner.putBack(id, form: form)
        case .profile:
            let profile = try owner.profile(id, secret: request.secret("secret"), form: form)
            return AccountReply().end(ok: [], "profile", profile)
        case .secondFactor: return try OwnerView.secondFactor(owner)
        case .enrol: return AccountReply().end(ok: account, "uri", try owner.beginEnrolment(form: form))
        case .confirmEnrolment:
            let confirmed = try owner.confirmEnrolment(code: request.secret("code"), form: form)
            return AccountReply().end(ok: account, "codes", confirmed.codes.text)
        case .recoveryCodes:
            return AccountReply().end(ok: account, "codes", try owner.replaceRecoveryCodes(form: form).text)
        case .removeSecondFactor: try owner.removeSecondFactor(form: form)
        case .activity: return try OwnerView.activity(owner)
        case .sessions: return try OwnerView.sessions(owner)
        case .endSessions: try owner.endSessions(id.isEmpty ? nil : id, form: form)
        case .signOut: try owner.signOut()
        }
        return AccountReply().end(.ok)
    }

    private static func show(_ made: borrowing MadeAppPassword, _ owner: Owner) -> Secret {
        AccountReply().end(
            ok: [
                ("account", owner.account.name.text), ("id", made.id), ("name", made.prepared.new.name),
                ("expires", made.prepared.new.expires?.iso8601),
                ("old-end", made.prepared.oldEnd?.iso8601),
                ("services", OwnerView.words(made.prepared.new.scope)),
            ], "secret", made.prepared.secret)
    }

    private static func newAppPassword(_ request: AccountRequest) throws(AdministrationError) -> NewAppPassword {
        let end = request["expires"]
        var expires: Timestamp?
        if !end.isEmpty {
            guard let time = Timestamp(iso8601: end) else { throw .refused(.notATime(end)) }
            expires = time
        }
        return NewAppPassword(
            name: request["name"], scope: scope(request), networks: try networks(request), expires: expires)
    }

    /// Services by name; unknown ones are ignored, and a set without any is refused later.
    private static func scope(_ request: AccountRequest) -> Scope {
        Scope(request.words("services").compactMap { Service(rawValue: $0) })
    }

    private static func networks(_ request: AccountRequest) throws(AdministrationError) -> [CIDR] {
        var networks: [CIDR] = []
        for word in request.words("networks") {
            guard let network = CIDR(word) else { throw .refused(.notANetwork(word)) }
            networks.append(network)
        }
        return networks
    }
}
