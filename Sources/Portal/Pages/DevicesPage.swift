import Hummingbird
import Messages

/// The list of app passwords.
extension Pages {
    func devicesPage(_ request: Request, _ visit: Visit) async throws -> Response {
        let answer = try await ask("devices", visit)
        let language = visit.language
        var values: Values = ["new_link": "/new", "banners": banners(answer, language)]
        let mainUses = answer.rows("main-use").map { use($0, language) }
        let oldUses = answer.rows("old-use").map { use($0, language) }
        let devices = answer.rows("device").map { device($0, visit) }
        let webmail = answer.rows("webmail").map { row -> Values in
            var values: Values = [:]
            values["created"] = Self.time(row["created"])
            values["ends"] = Self.time(row["expires"])
            return values
        }
        for (key, list) in [
            ("main_uses", mainUses), ("old_uses", oldUses), ("devices", devices), ("webmail", webmail),
        ] {
            values[key] = list
            values["has_" + key] = !list.isEmpty
        }
        return page(
            "devices", "title_devices", visit, account: answer["account"], notice: done(request, language), values)
    }

    /// The notice that the last form leaves, such as `?done=revoked`.
    func done(_ request: Request, _ language: Language) -> String? {
        request.uri.queryParameters.get("done").flatMap { language.messages["done_" + $0] }
    }

    private func banners(_ answer: AccountAnswer, _ language: Language) -> [Values] {
        var banners: [Values] = []
        func add(_ key: String, _ href: String) {
            banners.append(["text": language[key], "href": href, "link": language[key + "_link"]])
        }
        if answer.isYes("must-change") { add("banner_must_change", "/password") }
        if answer.isYes("second-factor-required"), answer["second-factor"] == "off" {
            add("banner_enrol", "/second-factor")
        }
        return banners
    }

    private func use(_ row: AccountAnswer.Fields, _ language: Language) -> Values {
        var values: Values = [
            "service": Self.words(row["service"], language, short: true),
            "network": Self.network(row["network"], language),
        ]
        values["time"] = Self.time(row["last"])
        return values
    }

    /// An app password as templates show it, with the forms that are possible in its state.
    func device(_ row: AccountAnswer.Fields, _ visit: Visit) -> Values {
        let language = visit.language
        let state = row["state"] ?? ""
        let path = "/devices/" + (row["id"] ?? "")
        let how = [
            row["used-service"].map { Self.words($0, language, short: true) },
            row["used-network"].map { Self.network($0, language) },
        ]
        let networks = (row["networks"] ?? "").split(separator: " ")
        var values: Values = [
            "id": row["id"] ?? "", "name": row["name"] ?? "", "services": Self.words(row["services"], language),
            "state": language["state_" + state], "href": path, "active": state == "active",
            "revoked": state == "revoked", "paused": state == "disabled",
            "used_how": how.compactMap { $0 }.joined(separator: " · "),
            "kind_text": language["kind_" + (row["kind"] ?? "")],
            "networks_text": networks.isEmpty ? language["everywhere"] : networks.joined(separator: ", "),
        ]
        values["created"] = Self.time(row["created"])
        values["used"] = Self.time(row["used"])
        values["ends"] = Self.time(row["expires"])
        if state != "revoked" { values["revoke"] = token(visit, path + "/revoke") }
        if row["put-back"] == "yes" { values["put_back"] = token(visit, path + "/put-back") }
        return values
    }
}
