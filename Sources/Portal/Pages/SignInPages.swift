import Credentials
import HTTPTypes
import Hummingbird
import Messages

/// Signing in, giving password and code again, and signing out.
extension Pages {
    func signInPage(_ request: Request, _ visit: Visit) -> Response {
        let ended = request.uri.queryParameters.get("ended") != nil
        let out = request.uri.queryParameters.get("signed-out") != nil
        let key = ended ? "session_ended" : out ? "signed_out" : nil
        return signInPage(visit, notice: key.map { visit.language[$0] })
    }

    private func signInPage(
        _ visit: Visit, userName: String = "", alert: Alert? = nil, notice: String? = nil,
        status: HTTPResponse.Status? = nil
    ) -> Response {
        page(
            "sign-in", "title_sign_in", visit, account: nil, alert: alert, notice: notice, status: status,
            ["user_name": userName])
    }

    func signIn(_ request: Request, _ visit: Visit) async throws -> Response {
        let body = try await FormBody(request)
        let answer: AccountAnswer
        do {
            answer = try await door.ask(
                "sign-in",
                [("user", body.bytes("user")), ("language", Array(visit.language.rawValue.utf8))]
                    + proof(body, visit))
        } catch PageError.denied {
            return signInPage(
                visit, userName: body.text("user"), alert: Alert(text: visit.language["denied"], field: "user"),
                status: .forbidden)
        } catch PageError.unavailable {
            return signInPage(
                visit, userName: body.text("user"), alert: Alert(text: visit.language["unavailable"]),
                status: .serviceUnavailable)
        }
        // The session that the browser had before ends (OWASP ASVS 5.0, 7.2.4).
        if visit.session != nil { _ = try? await ask("sign-out", visit) }
        return begin(answer, at: "/devices")
    }

    func confirmPage(_ request: Request, _ visit: Visit) async throws -> Response {
        try await confirmPage(visit, next: request.uri.queryParameters.get("next") ?? "")
    }

    private func confirmPage(
        _ visit: Visit, next: String, alert: Alert? = nil, status: HTTPResponse.Status? = nil
    ) async throws -> Response {
        let facts = try await ask("second-factor", visit)
        return page(
            "confirm", "title_confirm", visit, account: facts["account"], alert: alert, status: status,
            [
                "needs_code": facts["second-factor"] == "totp", "next": Frame.page(of: next),
                "confirm": token(visit, "/confirm") ?? "",
            ])
    }

    func confirm(_ request: Request, _ visit: Visit) async throws -> Response {
        let (body, _) = try await form(request, visit)
        let next = Frame.page(of: body.text("next"))
        do {
            let answer = try await ask("confirm", visit, proof(body, visit))
            return begin(answer, at: next)
        } catch PageError.denied {
            let alert = Alert(text: visit.language["denied"], field: "password")
            return try await confirmPage(visit, next: next, alert: alert, status: .forbidden)
        }
    }

    func signOut(_ request: Request, _ visit: Visit) async throws -> Response {
        _ = try await form(request, visit)
        _ = try await ask("sign-out", visit)
        var response = Response.redirect("/sign-in?signed-out=1")
        response.headers[values: .setCookie] = [SessionCookie.expired]
        // Never "cookies": that clears those of the whole registrable domain, webmail included.
        response.headers[HTTPField.Name(literal: "Clear-Site-Data")] = #""cache", "storage""#
        return response
    }

    /// Password, code and address, as a full sign-in needs them.
    func proof(_ body: FormBody, _ visit: Visit) -> [AccountDoor.Field] {
        [("password", body.bytes("password")), ("code", body.bytes("code")), Self.address(visit)]
    }

    /// The browser's address.
    static func address(_ visit: Visit) -> AccountDoor.Field {
        ("address", Array((visit.address?.description ?? "").utf8))
    }

    private func begin(_ answer: AccountAnswer, at path: String) -> Response {
        var response = Response.redirect(path)
        response.headers[values: .setCookie] = [SessionCookie.setting(answer["token"] ?? "")]
        return response
    }
}
