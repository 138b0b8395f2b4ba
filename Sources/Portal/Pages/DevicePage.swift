import HTTPTypes
import Hummingbird
import Messages

/// One app password: what it may do, its last uses, and the changes that are possible.
extension Pages {
    func devicePage(_ request: Request, _ visit: Visit) async throws -> Response {
        try await devicePage(id(visit), visit, notice: done(request, visit.language))
    }

    private func id(_ visit: Visit) throws -> String {
        guard let id = visit.parameters.get("id"), id.utf8.count <= 16 else { throw PageError.notFound }
        return id
    }

    private func devicePage(
        _ id: String, _ visit: Visit, alert: Alert? = nil, notice: String? = nil
    ) async throws -> Response {
        let answer: AccountAnswer
        do { answer = try await ask("device", visit, [("id", Array(id.utf8))]) } catch PageError.refused("no-device", _)
        {
            throw PageError.notFound
        }
        guard let row = answer.rows("device").first else { throw PageError.notFound }
        let language = visit.language
        let uses = answer.rows("use").map { row -> Values in
            var use: Values = [
                "service": Self.words(row["service"], language, short: true),
                "network": Self.network(row["network"], language), "count": row["count"] ?? "",
            ]
            use["time"] = Self.time(row["last"])
            return use
        }
        var values = forms(row, visit, isConfirmed: answer.isYes("confirmed"))
        let device = device(row, visit)
        values["d"] = device
        values["revoke"] = device["revoke"]
        values["put_back"] = device["put_back"]
        values["uses"] = uses
        values["has_uses"] = !uses.isEmpty
        return page(
            "device", "title_device", visit, account: answer["account"], alert: alert, notice: notice, values)
    }

    private func forms(_ row: AccountAnswer.Fields, _ visit: Visit, isConfirmed: Bool) -> Values {
        let path = "/devices/" + (row["id"] ?? "")
        guard row["state"] != "revoked" else { return [:] }
        var values: Values = ["rename": ["token": token(visit, path + "/rename") ?? ""]]
        // Without a recent full sign-in only less than before can be allowed.
        let limits = isConfirmed ? "widen" : "narrow"
        let chosen = (row["services"] ?? "").split(separator: " ").map(String.init)
        values[limits] =
            [
                "token": token(visit, "\(path)/\(limits)") ?? "", "services": Self.services(chosen, visit.language),
                "networks": (row["networks"] ?? "").split(separator: " ").joined(separator: "\n"),
            ] as Values
        if row["state"] == "disabled" {
            values["resume"] = token(visit, path + "/resume")
        } else {
            values["pause"] = token(visit, path + "/pause")
            if row["successor"] == nil { values["rotate"] = token(visit, path + "/rotate") }
        }
        return values
    }

    // MARK: Changes

    /// The forms of the page, with the verb of each and what is said afterwards.
    enum DeviceForm: String, CaseIterable {
        case rename, narrow, widen, pause, resume, revoke
        case putBack = "put-back"

        fileprivate var verb: String {
            switch self {
            case .rename, .narrow, .widen: "alter"
            case .pause, .resume, .revoke, .putBack: rawValue
            }
        }

        fileprivate var done: String {
            switch self {
            case .rename: "renamed"
            case .narrow: "narrowed"
            case .widen: "widened"
            case .pause: "paused"
            case .resume: "resumed"
            case .revoke: "revoked"
            case .putBack: "put_back"
            }
        }
    }

    func change(_ form: DeviceForm, _ request: Request, _ visit: Visit) async throws -> Response {
        let id = try id(visit)
        let (body, once) = try await self.form(request, visit)
        do {
            var fields: [AccountDoor.Field] = [once, ("id", Array(id.utf8))]
            if form.verb == "alter" { fields += try await alteration(form, id, body, visit) }
            _ = try await ask(form.verb, visit, fields)
        } catch PageError.refused(let code, let value) where !Self.concernsTheSession(code) {
            if code == "no-device" { throw PageError.notFound }
            let alert = Alert(text: visit.language.refusal(code, value), field: Self.field(of: code))
            return try await devicePage(id, visit, alert: alert)
        }
        let page = form == .revoke || form == .putBack ? "/devices" : "/devices/" + id
        return .redirect("\(page)?done=\(form.done)")
    }

    /// The name, services and networks that an app password has afterwards: what the form leaves out stays as it is.
    private func alteration(
        _ form: DeviceForm, _ id: String, _ body: FormBody, _ visit: Visit
    ) async throws -> [AccountDoor.Field] {
        let answer = try await ask("device", visit, [("id", Array(id.utf8))])
        guard let row = answer.rows("device").first else { throw PageError.notFound }
        func present(_ name: String) -> AccountDoor.Field { (name, Array((row[name] ?? "").utf8)) }
        return form == .rename
            ? [("name", body.bytes("name")), present("services"), present("networks")]
            : [present("name")] + Self.limits(body)
    }

    func rotate(_ request: Request, _ visit: Visit) async throws -> Response {
        let id = try id(visit)
        let (body, once) = try await form(request, visit)
        let days = ["0s": 0, "1d": 1, "7d": 7, "30d": 30][body.text("grace")] ?? 7
        do {
            let made = try await ask(
                "rotate", visit, [once, ("id", Array(id.utf8)), ("grace", Array("\(days * 86_400)".utf8))])
            return shown(made, visit)
        } catch PageError.refused(let code, let value) where !Self.concernsTheSession(code) {
            return try await devicePage(id, visit, alert: Alert(text: visit.language.refusal(code, value)))
        }
    }
}
