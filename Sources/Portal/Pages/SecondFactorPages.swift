import Bytes
import HTTPTypes
import Hummingbird
import Messages

/// The second factor: what stops, enrolment, recovery codes.
extension Pages {
    func secondFactorPage(_ request: Request, _ visit: Visit) async throws -> Response {
        try await secondFactorPage(visit, notice: done(request, visit.language))
    }

    private func secondFactorPage(
        _ visit: Visit, alert: Alert? = nil, notice: String? = nil
    ) async throws -> Response {
        let answer = try await ask("second-factor", visit)
        let language = visit.language
        let (kind, isRequired) = (answer["second-factor"], answer.isYes("second-factor-required"))
        let stops = answer.rows("stop").map { row -> Values in
            var stop: Values = [
                "service": Self.words(row["service"], language, short: true),
                "network": Self.network(row["network"], language),
                "name": row["credential"] == "main"
                    ? language["credential_main"] : row["name"] ?? row["credential"] ?? "",
            ]
            stop["time"] = Self.time(row["last"])
            return stop
        }
        var values: Values = [
            "on": kind == "totp", "off": kind == "off", "external": kind == "external", "required": isRequired,
            "all_codes": answer["codes"] ?? "0", "unused_codes": answer["unused-codes"] ?? "0", "stops": stops,
            "has_stops": !stops.isEmpty,
        ]
        values["since"] = Self.time(answer["since"])
        if kind != "external" { values["enrol"] = token(visit, "/second-factor/enrol") }
        if kind == "totp" {
            values["new_codes"] = token(visit, "/second-factor/codes")
            if !isRequired { values["remove"] = token(visit, "/second-factor/remove") }
        }
        return page(
            "second-factor", "title_second_factor", visit, account: answer["account"], alert: alert, notice: notice,
            values)
    }

    func enrol(_ request: Request, _ visit: Visit) async throws -> Response {
        let (_, once) = try await form(request, visit)
        do {
            let answer = try await ask("enrol", visit, [once])
            return enrolPage(answer["uri"] ?? "", visit, account: answer["account"])
        } catch PageError.refused(let code, let value) where !Self.concernsTheSession(code) {
            return try await secondFactorPage(visit, alert: Alert(text: visit.language.refusal(code, value)))
        }
    }

    private func enrolPage(_ uri: String, _ visit: Visit, account: String?, alert: Alert? = nil) -> Response {
        let key = Self.key(of: uri)
        var values: Values = ["key": uri, "key_groups": key.grouped(by: 4)]
        values["qr"] = Self.qr(uri)
        values["confirm"] = token(visit, "/second-factor/confirm")
        return page(
            "enrol", "title_enrol", visit, account: account, alert: alert, values)
    }

    /// The key in an otpauth URI.
    private static func key(of uri: String) -> String {
        guard let start = uri.firstRange(of: "secret=")?.upperBound else { return "" }
        return String(uri[start...].prefix { $0 != "&" })
    }

    func confirmEnrolment(_ request: Request, _ visit: Visit) async throws -> Response {
        let (body, once) = try await form(request, visit)
        do {
            let answer = try await ask("confirm-enrolment", visit, [once, ("code", body.bytes("code"))])
            return codesPage(answer, visit, wasEnrolled: true)
        } catch PageError.refused(let code, let value) where !Self.concernsTheSession(code) {
            let alert = Alert(text: visit.language.refusal(code, value), field: "code")
            // A key that is not one of an enrolment is the browser's own invention.
            guard body.text("key").hasPrefix("otpauth://"), code.hasPrefix("wrong-code") || code.hasPrefix("code-")
            else {
                return try await secondFactorPage(visit, alert: Alert(text: alert.text))
            }
            let account = try await ask("second-factor", visit)["account"]
            return enrolPage(body.text("key"), visit, account: account, alert: alert)
        }
    }

    func newCodes(_ request: Request, _ visit: Visit) async throws -> Response {
        let (_, once) = try await form(request, visit)
        do {
            return codesPage(try await ask("recovery-codes", visit, [once]), visit, wasEnrolled: false)
        } catch PageError.refused(let code, let value) where !Self.concernsTheSession(code) {
            return try await secondFactorPage(visit, alert: Alert(text: visit.language.refusal(code, value)))
        }
    }

    private func codesPage(_ answer: AccountAnswer, _ visit: Visit, wasEnrolled: Bool) -> Response {
        page(
            "codes", "title_codes", visit, account: answer["account"],
            [
                "codes": (answer["codes"] ?? "").split(separator: "\n").map(String.init), "was_enrolled": wasEnrolled,
            ])
    }

    func removeSecondFactor(_ request: Request, _ visit: Visit) async throws -> Response {
        let (_, once) = try await form(request, visit)
        do {
            _ = try await ask("remove-second-factor", visit, [once])
        } catch PageError.refused(let code, let value) where !Self.concernsTheSession(code) {
            return try await secondFactorPage(visit, alert: Alert(text: visit.language.refusal(code, value)))
        }
        return .redirect("/second-factor?done=factor_removed")
    }
}

extension String {
    /// The text in pieces of `count` characters.
    fileprivate func grouped(by count: Int) -> [String] {
        var groups: [String] = []
        var rest = self[...]
        while !rest.isEmpty {
            groups.append(String(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return groups
    }
}
