import Credentials
import HTTPTypes
import Hummingbird
import Messages

/// What the pages need to know of one request.
struct Visit: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The browser's address, as the web server in front gives it.
    var address: IPAddress?
    var language = Language.standard
    /// The session's token, as the cookie has it; nil: not signed in.
    var session: String?

    init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }

    /// Bodies have no more bytes, headers neither: more than any form of the page has.
    static let maxLength = 16_384
    var maxUploadSize: Int { Self.maxLength }
}

/// The cookie that carries a session's token. The browser forgets it when it is closed.
enum SessionCookie {
    private static let name = "__Host-postern"
    private static let attributes = "; Path=/; Secure; HttpOnly; SameSite=Strict"

    static func setting(_ token: String) -> String { "\(name)=\(token)\(attributes)" }
    static let expired = "\(name)=\(attributes); Max-Age=0"

    /// The token in a request's cookies.
    static func token(in headers: HTTPFields) -> String? {
        for header in headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let trimmed = pair.drop { $0 == " " }
                guard trimmed.hasPrefix(name + "=") else { continue }
                let value = trimmed.dropFirst(name.utf8.count + 1)
                return value.isEmpty ? nil : String(value)
            }
        }
        return nil
    }
}
