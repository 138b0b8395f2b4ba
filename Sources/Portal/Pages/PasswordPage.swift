import Credentials
import HTTPTypes
import Hummingbird
import Messages

/// The main password, and the sessions of the page.
extension Pages {
    func passwordPage(_ request: Request, _ visit: Visit) async throws -> Response {
        let isNotMe = request.uri.queryParameters.get("not-me") != nil
        return try await passwordPage(visit, isNotMe: isNotMe, notice: done(request, visit.language))
    }

    private func passwordPage(
        _ visit: Visit, isNotMe: Bool = false, alert: Alert? = nil, notice: String? = nil
    ) async throws -> Response {
        let answer = try await ask("sessions", visit)
        if alert == nil, !answer.isYes("confirmed") { throw PageError.refused(code: "not-confirmed", value: nil) }
        let rows = answer.rows("session")
        let sessions = rows.map { row -> Values in
            let isCurrent = row["current"] == "yes"
            var session: Values = [
                "id": row["id"] ?? "", "network": Self.network(row["network"], visit.language), "current": isCurrent,
            ]
            session["opened"] = Self.time(row["opened"])
            session["used"] = Self.time(row["used"])
            if !isCurrent { session["end"] = token(visit, "/sessions/end") }
            return session
        }
        var values: Values = [
            "change": token(visit, "/password") ?? "", "revoke_all": isNotMe,
            "not_me": isNotMe, "sessions": sessions,
        ]
        if rows.count > 1 { values["end_others"] = token(visit, "/sessions/end-others") }
        return page(
            "password", "title_password", visit, account: answer["account"], alert: alert, notice: notice, values)
    }

    func setPassword(_ request: Request, _ visit: Visit) async throws -> Response {
        let (body, once) = try await form(request, visit)
        func page(_ key: String, _ value: String?, field: String) async throws -> Response {
            try await passwordPage(
                visit, isNotMe: body.isGiven("revoke_all"),
                alert: Alert(text: visit.language.refusal(key, value), field: field))
        }
        guard body.bytes("new") == body.bytes("again") else {
            return try await page("passwords-differ", nil, field: "again")
        }
        func yes(_ name: String) -> [UInt8] { Array((body.isGiven(name) ? "yes" : "").utf8) }
        do {
            _ = try await ask(
                "set-password", visit,
                [
                    once, ("current", body.bytes("current")), ("new", body.bytes("new")),
                    ("end-sessions", yes("end_sessions")), ("revoke-all", yes("revoke_all")),
                    Self.address(visit),
                ])
        } catch PageError.denied {
            return try await page("wrong-current", nil, field: "current")
        } catch PageError.refused(let code, let value) where !Self.concernsTheSession(code) {
            return try await page(code, value, field: "new")
        }
        return .redirect("/password?done=password")
    }

    func endSession(_ request: Request, _ visit: Visit) async throws -> Response {
        let (body, once) = try await form(request, visit)
        // Without an id it would end all others.
        guard body.isGiven("id") else { throw PageError.forbidden }
        _ = try await ask("end-sessions", visit, [once, ("id", body.bytes("id"))])
        return .redirect("/password?done=session_ended")
    }

    func endOtherSessions(_ request: Request, _ visit: Visit) async throws -> Response {
        let (_, once) = try await form(request, visit)
        _ = try await ask("end-sessions", visit, [once])
        return .redirect("/password?done=sessions_ended")
    }
}
