import Authentication
import Credentials
import HTTPTypes
import Hummingbird
import Logging
import Messages
import Mustache
import NIOCore

/// Makes the pages: asks posternd, and fills the templates in.
struct Pages: Sendable {
    /// Values for a template: text, flags, lists, and dictionaries of these.
    typealias Values = [String: Any]

    /// The servers that mail programs are told to use.
    let imapServer, smtpServer: MailServer?
    /// The host name of the page, which is also its heading.
    let site: String
    let door: AccountDoor
    let logger: Logger
    private let libraries: [Language: MustacheLibrary]

    /// - Throws: `MustacheTemplate.Error` for a template that cannot be read.
    init(_ configuration: Configuration, logger: Logger) throws {
        imapServer = configuration.imapServer
        smtpServer = configuration.smtpServer
        site = String(configuration.portalOrigin.drop { $0 != "/" }.drop { $0 == "/" })
        door = AccountDoor(path: configuration.accountSocket)
        self.logger = logger
        var libraries: [Language: MustacheLibrary] = [:]
        for language in Language.allCases { libraries[language] = try Templates.read(in: language) }
        self.libraries = libraries
    }

    // MARK: Asking posternd

    /// Asks something in the visit's session.
    ///
    /// - Throws: `PageError`.
    func ask(_ verb: String, _ visit: Visit, _ fields: [AccountDoor.Field] = []) async throws -> AccountAnswer {
        guard let session = visit.session else { throw PageError.signedOut }
        return try await door.ask(verb, [("token", Array(session.utf8))] + fields)
    }

    /// Reads a form that was made for this session and this path.
    ///
    /// - Returns: The form's fields, and the field that posternd accepts once.
    /// - Throws: `PageError.signedOut`, `.forbidden`, `.tooLarge`.
    func form(_ request: Request, _ visit: Visit) async throws -> (body: FormBody, once: AccountDoor.Field) {
        guard let session = visit.session else { throw PageError.signedOut }
        let body = try await FormBody(request)
        guard let nonce = FormToken.read(body.text("form"), session, request.uri.path) else {
            throw PageError.forbidden
        }
        return (body, ("form", nonce))
    }

    /// The token of a form that is sent to `path` in the visit's session; nil: the form is left out.
    func token(_ visit: Visit, _ path: String) -> String? { visit.session.flatMap { FormToken.make($0, path) } }

    // MARK: Answering

    /// A page.
    ///
    /// - Parameters:
    ///   - title: The key of the heading.
    ///   - account: Nil on pages for people who are not signed in.
    ///   - status: Nil: 422 with an alert, 200 without one.
    func page(
        _ template: String, _ title: String, _ visit: Visit, account: String?, alert: Alert? = nil,
        notice: String? = nil, status: HTTPResponse.Status? = nil, _ values: Values = [:]
    ) -> Response {
        var all = values
        all["alert"] = alert.map { alert -> Values in
            var values: Values = ["text": alert.text]
            values["field"] = alert.field
            return values
        }
        all["notice"] = notice
        let text = fill(template, title, visit, account: account, all)
        return Response(
            status: status ?? (alert == nil ? .ok : .unprocessableContent),
            headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// Fills a template in, with what every page has.
    func fill(_ template: String, _ title: String, _ visit: Visit, account: String?, _ values: Values) -> String {
        var all = values
        let language = visit.language
        all["lang"] = language.rawValue
        all["site"] = site
        all["title"] = language[title]
        all["account"] = account
        if account != nil { all["sign_out"] = token(visit, "/sign-out") }
        all["tabs"] = account == nil ? [] : tabs(template, language)
        return libraries[language]?.render(all, withTemplate: template) ?? ""
    }

    /// A page that says what went wrong.
    ///
    /// - Parameter key: The key of the text, whose heading has `_title` behind it; another text stands for itself.
    func error(_ status: HTTPResponse.Status, _ key: String, _ visit: Visit) -> Response {
        let known = visit.language.messages[key]
        return page(
            "error", known == nil ? "error_403_title" : key + "_title", visit, account: nil, status: status,
            ["text": known ?? key])
    }

    /// A mistake in a form: what is wrong, and the field's name.
    struct Alert {
        let text: String
        var field: String?
    }

    private func tabs(_ template: String, _ language: Language) -> [Values] {
        let tabs = [
            ("devices", "/devices"), ("second-factor", "/second-factor"), ("activity", "/activity"),
            ("password", "/password"), ("help", "/help"),
        ]
        return tabs.map { name, href in
            ["href": href, "text": language["tab_" + name.replacing("-", with: "_")], "current": name == template]
        }
    }

    /// A time for a template; nil for none.
    static func time(_ text: String?) -> Values? {
        guard let text, text.count == 20 else { return nil }
        return ["iso": text, "text": text.prefix(10) + " " + text.dropFirst(11).prefix(5) + " UTC"]
    }

    /// Services in words, from their names.
    static func words(_ services: String?, _ language: Language, short: Bool = false) -> String {
        (services ?? "").split(separator: " ").map { language[(short ? "short_" : "service_") + $0] }
            .joined(separator: ", ")
    }

    /// A network as people read it.
    static func network(_ text: String?, _ language: Language) -> String {
        text == nil || text == "unknown" ? language["unknown_network"] : text ?? ""
    }

    /// The table of servers.
    func servers(_ language: Language) -> Values {
        let all = [("what_imap", imapServer), ("what_smtp", smtpServer)].compactMap { key, server -> Values? in
            guard let server else { return nil }
            return [
                "what": language[key], "host": server.host, "port": "\(server.port)",
                "security": language["security_tls"],
            ]
        }
        return ["has_servers": !all.isEmpty, "servers": all]
    }
}

/// The templates, as the program was built with them.
enum Templates {
    static let sources: [String: [UInt8]] = [
        "activity": PackageResources.activity_html, "codes": PackageResources.codes_html,
        "confirm": PackageResources.confirm_html, "device": PackageResources.device_html,
        "devices": PackageResources.devices_html, "enrol": PackageResources.enrol_html,
        "error": PackageResources.error_html, "help": PackageResources.help_html,
        "layout": PackageResources.layout_html, "networks": PackageResources.networks_html,
        "new": PackageResources.new_html, "password": PackageResources.password_html,
        "second-factor": PackageResources.second_factor_html, "servers": PackageResources.servers_html,
        "services": PackageResources.services_html, "shown": PackageResources.shown_html,
        "sign-in": PackageResources.sign_in_html, "time": PackageResources.time_html,
    ]

    /// The templates in a language. Messages are filled in once: the library takes longer for each value than for text.
    ///
    /// - Throws: `MustacheTemplate.Error` for a template that cannot be read.
    static func read(in language: Language) throws -> MustacheLibrary {
        var library = MustacheLibrary()
        for (name, source) in sources {
            let text = String(decoding: source, as: UTF8.self).replacing(/\{\{t\.([a-z0-9_]+)\}\}/) { match in
                escape(language[String(match.output.1)])
            }
            try library.register(text, named: name)
        }
        return library
    }

    /// Escapes text for HTML, as the library does with values.
    private static func escape(_ text: String) -> String {
        [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")]
            .reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}
