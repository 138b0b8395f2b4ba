import HTTPTypes
import Hummingbird
import Logging
import Messages

/// Puts the same headers on every answer, and turns every error into a page.
struct Frame: RouterMiddleware {
    let pages: Pages

    /// The headers of every answer (OWASP ASVS 5.0, 3.4 and 14.3). `Referrer-Policy` is not `no-referrer`: browsers then
    /// send a form with `Origin: null`.
    private static let headers: HTTPFields = [
        .contentSecurityPolicy:
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        .strictTransportSecurity: "max-age=31536000",
        .xContentTypeOptions: "nosniff",
        HTTPField.Name(literal: "Referrer-Policy"): "same-origin",
        HTTPField.Name(literal: "Cross-Origin-Opener-Policy"): "same-origin",
        HTTPField.Name(literal: "Cross-Origin-Resource-Policy"): "same-origin",
        .cacheControl: "no-store",
    ]

    @concurrent
    func handle(
        _ request: Request, context: Visit, next: @concurrent (Request, Visit) async throws -> Response
    ) async throws -> Response {
        var visit = context
        visit.language = Language(accepting: request.headers[.acceptLanguage] ?? "")
        var response: Response
        do { response = try await next(request, visit) } catch { response = answer(error, request, visit) }
        for field in Self.headers { response.headers[field.name] = field.value }
        return response
    }

    private func answer(_ error: any Error, _ request: Request, _ visit: Visit) -> Response {
        switch error {
        // A link from another site comes without the cookie, which must stay.
        case PageError.signedOut: return .redirect("/sign-in")
        case PageError.refused("session-ended", _):
            var response = Response.redirect("/sign-in?ended=1")
            response.headers[values: .setCookie] = [SessionCookie.expired]
            return response
        case PageError.refused("not-confirmed", _):
            return .redirect("/confirm?next=" + Self.page(of: request.uri.description).replacing("?", with: "%3F"))
        case PageError.refused("must-change-first", _): return .redirect("/password")
        case PageError.refused("enrol-first", _): return .redirect("/second-factor")
        case PageError.refused(let code, let value):
            return pages.error(.unprocessableContent, visit.language.refusal(code, value), visit)
        case PageError.denied: return pages.error(.forbidden, visit.language["denied"], visit)
        case PageError.unavailable: return pages.error(.serviceUnavailable, "error_503", visit)
        case PageError.forbidden: return pages.error(.forbidden, "error_403", visit)
        case PageError.notFound: return pages.error(.notFound, "error_404", visit)
        case PageError.tooLarge: return pages.error(.contentTooLarge, "error_413", visit)
        case PageError.noAddress: return pages.error(.badRequest, "error_400", visit)
        case let error as HTTPError where error.status == .contentTooLarge:
            return pages.error(.contentTooLarge, "error_413", visit)
        case let error as HTTPError where error.status == .notFound || error.status == .methodNotAllowed:
            return pages.error(.notFound, "error_404", visit)
        default:
            pages.logger.error("request failed: \(error)")
            return pages.error(.serviceUnavailable, "error_503", visit)
        }
    }

    /// The page to come back to after a full sign-in, for a form that was sent to `path`.
    static func page(of path: String) -> String {
        if path == "/password?not-me=1" { return path }
        let parts = path.prefix { $0 != "?" }.split(separator: "/").prefix(2).map(String.init)
        switch parts.first {
        case "devices"? where parts.count == 2 && parts[1].utf8.allSatisfy(isIDByte): return "/devices/" + parts[1]
        case "new"?, "second-factor"?, "password"?: return "/" + parts[0]
        default: return "/devices"
        }
    }

    /// A letter or digit of an app password's id.
    private static func isIDByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
    }
}

extension Response {
    /// An answer that makes the browser get another page.
    static func redirect(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }
}
