import Credentials
import HTTPTypes
import Hummingbird
import Logging

/// Lets a request in: it needs the browser's address from the web server in front and, if it changes something, to come
/// from a page of this site (OWASP ASVS 5.0, 3.5).
struct Entrance: RouterMiddleware {
    /// Such as `https://mail.example.org`.
    let origin: String
    let logger: Logger

    @concurrent
    func handle(
        _ request: Request, context: Visit, next: @concurrent (Request, Visit) async throws -> Response
    ) async throws -> Response {
        var visit = context
        visit.session = SessionCookie.token(in: request.headers)
        // One address and nothing else: a list could be the browser's own invention.
        let named = request.headers[values: .realAddress]
        guard named.count == 1, let address = IPAddress(named[0]) else {
            logger.error("refused a request without one address in X-Real-IP: the web server in front must set it")
            throw PageError.noAddress
        }
        visit.address = address
        guard isOfThisSite(request) else { throw PageError.forbidden }
        return try await next(request, visit)
    }

    private func isOfThisSite(_ request: Request) -> Bool {
        guard request.method != .get, request.method != .head else { return true }
        if let site = request.headers[.fetchSite] { return site == "same-origin" }
        return request.headers[.origin] == origin
    }
}

extension HTTPField.Name {
    static let realAddress = HTTPField.Name(literal: "X-Real-IP")
    static let fetchSite = HTTPField.Name(literal: "Sec-Fetch-Site")

    /// A name that the library has no constant for.
    init(literal name: StaticString) {
        guard let made = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is no header's name") }
        self = made
    }
}
