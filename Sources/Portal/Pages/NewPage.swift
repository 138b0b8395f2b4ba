import Bytes
import Credentials
import HTTPTypes
import Hummingbird
import Messages
import NIOCore
import QRCode

/// Making an app password, and showing it once.
extension Pages {
    func newPage(_ request: Request, _ visit: Visit) async throws -> Response {
        try await newPage(visit, nil)
    }

    /// - Parameter sent: The form as it was sent, if it was refused.
    private func newPage(_ visit: Visit, _ sent: FormBody?, alert: Alert? = nil) async throws -> Response {
        let answer = try await ask("devices", visit)
        guard answer.isYes("confirmed") else { throw PageError.refused(code: "not-confirmed", value: nil) }
        let language = visit.language
        let chosen = sent?.texts("service") ?? ["imap", "smtp"]
        var values: Values = [
            "name": sent?.text("name") ?? "", "services": Self.services(chosen, language),
            "suggestions": ["phone", "laptop", "tablet", "desktop", "printer"].map { language["suggestion_" + $0] },
            "ends": sent?.text("ends") ?? "", "networks": sent?.text("networks") ?? "",
            "compact": sent?.isGiven("compact") ?? false, "create": token(visit, "/new") ?? "",
        ]
        values["open"] = !(sent?.text("networks") ?? "").isEmpty || sent?.isGiven("compact") == true
        values["latest"] = Self.time(answer["latest-end"])
        return page(
            "new", "title_new", visit, account: answer["account"], alert: alert, values)
    }

    /// The services that an app password can have, as check boxes.
    static func services(_ chosen: [String], _ language: Language) -> [Values] {
        Service.allCases.filter(\.isMail).map { service in
            let name = service.rawValue
            return ["value": name, "text": language["service_" + name], "checked": chosen.contains(name)]
        }
    }

    func create(_ request: Request, _ visit: Visit) async throws -> Response {
        let (body, once) = try await form(request, visit)
        do {
            let made = try await ask(
                "create", visit,
                [
                    once, ("name", body.bytes("name")), ("expires", body.bytes("ends")),
                    ("compact", Array((body.isGiven("compact") ? "yes" : "").utf8)),
                ] + Self.limits(body))
            return shown(made, visit)
        } catch PageError.refused(let code, let value) where !Self.concernsTheSession(code) {
            let alert = Alert(text: visit.language.refusal(code, value), field: Self.field(of: code))
            return try await newPage(visit, body, alert: alert)
        }
    }

    /// Services and networks of a form.
    static func limits(_ body: FormBody) -> [AccountDoor.Field] {
        let networks = body.text("networks").split { $0.isWhitespace || $0 == "," }
        return [
            ("services", Array(body.texts("service").joined(separator: " ").utf8)),
            ("networks", Array(networks.joined(separator: " ").utf8)),
        ]
    }

    /// Whether a refusal leads to another page than the form's.
    static func concernsTheSession(_ code: String) -> Bool {
        ["session-ended", "not-confirmed", "must-change-first", "enrol-first"].contains(code)
    }

    /// The id of the field that a refusal is about.
    static func field(of code: String) -> String? {
        switch code {
        case "name-invalid": "name"
        case "service-missing", "service-web": "service"
        case "ends-too-late", "ends-in-past", "not-a-date": "ends"
        case "not-a-network", "too-many-networks": "networks"
        default: nil
        }
    }

    /// Shows an app password. The page is the answer to a POST, so it cannot be loaded again.
    func shown(_ made: AccountAnswer, _ visit: Visit) -> Response {
        let secret = made["secret"] ?? ""
        let groups = secret.split(separator: "-").map(String.init)
        var values = servers(visit.language)
        values["name"] = made["name"] ?? ""
        values["id"] = made["id"] ?? ""
        values["user_name"] = made["account"] ?? ""
        values["secret"] = secret
        values["groups"] = groups
        values["spelled"] = groups.map { $0.map(String.init).joined(separator: " ") }
        values["qr"] = Self.qr(secret)
        values["old_ends"] = Self.time(made["old-end"])
        let services = (made["services"] ?? "").split(separator: " ")
        if imapServer != nil, smtpServer != nil, services.contains("imap"), services.contains("smtp") {
            values["profile"] = token(visit, "/profile")
        }
        return page("shown", "title_shown", visit, account: made["account"], values)
    }

    /// A QR code for a template; nil if it cannot be made.
    static func qr(_ text: String) -> Values? {
        guard let code = try? QRCode(of: Secret(Array(text.utf8))) else { return nil }
        return ["size": "\(code.size)", "path": code.svgPath]
    }

    func profile(_ request: Request, _ visit: Visit) async throws -> Response {
        let (body, once) = try await form(request, visit)
        let answer = try await ask(
            "profile", visit, [once, ("id", body.bytes("id")), ("secret", body.bytes("secret"))])
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/x-apple-aspen-config",
                .contentDisposition: #"attachment; filename="mail.mobileconfig""#,
            ], body: .init(byteBuffer: ByteBuffer(string: answer["profile"] ?? "")))
    }
}
