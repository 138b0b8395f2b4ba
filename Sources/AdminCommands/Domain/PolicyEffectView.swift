import Administration
import Credentials

/// What a change of policy changes for one account, as commands print it.
struct PolicyEffectView: Encodable {
    struct Stop: Encodable {
        let service: String
        let network: String
        let credential: String
        let last: String
        let needsEnrolment: Bool
    }

    struct Ending: Encodable {
        let id: String
        let name: String
        @OrNull var before: String?
        let after: String
    }

    let account: String
    let stops: [Stop]
    let endings: [Ending]
    let tooMany: Int

    init(_ effect: PolicyEffect) {
        account = effect.account.text
        stops = effect.stopped.map {
            Stop(
                service: $0.service.rawValue, network: $0.network.description, credential: $0.credential,
                last: $0.last.iso8601, needsEnrolment: $0.needsEnrolment)
        }
        endings = effect.endings.map {
            Ending(id: $0.id, name: $0.name, before: $0.before?.iso8601, after: $0.after.iso8601)
        }
        tooMany = effect.surplus
    }

    /// The changes, one a line.
    var lines: [String] {
        stops.map {
            if $0.needsEnrolment {
                return "webmail from \($0.network) reads no mail until a second factor is enrolled (last \($0.last))"
            }
            let what = $0.credential == Store.mainCredential ? "the main password" : "app password \($0.credential)"
            return "\($0.service) with \(what) from \($0.network) can no longer sign in (last \($0.last))"
        }
            + endings.map {
                "app password \($0.id) (\($0.name)) ends \($0.after) instead of \($0.before ?? "never")"
            }
            + (tooMany > 0
                ? ["\(tooMany) app passwords more than allowed: they stay valid, but new ones are refused"] : [])
    }

    static func show(_ effects: [PolicyEffect], of accounts: Int, json: Bool) throws {
        let views = effects.map(PolicyEffectView.init)
        if json { return try Output.json(views) }
        Output.table(
            ["ACCOUNT", "WHAT WOULD CHANGE"], views.flatMap { view in view.lines.map { [view.account, $0] } })
        Output.error("\(views.count) of \(accounts) accounts would be affected; nothing was changed.")
    }
}
