import Credentials
import HTTPTypes
import Hummingbird
import Messages
import NIOCore

/// What happened at the account: sign-ins granted and refused, changes, alarms.
extension Pages {
    /// An entry of the page.
    private struct Entry {
        let time: String
        let what: String
        let place: String
        let who: String
        let isRefused: Bool
        /// The id of an app password, or another credential.
        let credential: String?
    }

    func activityPage(_ request: Request, _ visit: Visit) async throws -> Response {
        let answer = try await ask("activity", visit)
        let language = visit.language
        let device = request.uri.queryParameters.get("device").map { String($0) }
        let isRefusedOnly = request.uri.queryParameters.get("refused") != nil
        let entries = entries(answer, language).filter {
            (!isRefusedOnly || $0.isRefused) && (device == nil || $0.credential == device)
        }
        if request.uri.path == "/activity.csv" { return csv(entries) }
        let alarms = answer.rows("alarm").map { row -> Values in
            var alarm: Values = ["network": Self.network(row["network"], language)]
            alarm["time"] = Self.time(row["at"])
            return alarm
        }
        var values: Values = [
            "has_alarms": !alarms.isEmpty, "alarms": alarms, "not_me_href": "/password?not-me=1",
            "refused_only": isRefusedOnly, "all_href": "/activity", "refused_href": "/activity?refused=1",
            "csv_href": "/activity.csv", "has_entries": !entries.isEmpty,
        ]
        values["device"] = device.flatMap { id in
            answer.rows("sign-in").first { $0["credential"] == id }?["name"]
        }
        values["entries"] = entries.map { entry -> Values in
            var values: Values = [
                "what": entry.what, "where": entry.place, "who": entry.who, "refused": entry.isRefused,
            ]
            values["time"] = Self.time(entry.time)
            return values
        }
        return page("activity", "title_activity", visit, account: answer["account"], values)
    }

    private func entries(_ answer: AccountAnswer, _ language: Language) -> [Entry] {
        func place(_ row: AccountAnswer.Fields) -> String {
            [Self.words(row["service"], language, short: true), Self.network(row["network"], language)]
                .filter { !$0.isEmpty }.joined(separator: " · ")
        }
        let signIns = answer.rows("sign-in").map { row in
            let credential: String =
                switch row["credential"] {
                case "main"?: language["credential_main"]
                case "session"?: language["credential_session"]
                case let id: row["name"] ?? id ?? ""
                }
            return Entry(
                time: row["last"] ?? "", what: language.text("activity_signed_in", ["credential": credential]),
                place: place(row), who: "", isRefused: false, credential: row["credential"])
        }
        let refused = answer.rows("guess").map { row in
            let key: String =
                switch row["kind"] {
                case "refused"?: "activity_refused_main"
                case "code"?: "activity_refused_code"
                case _ where row["old"] == "yes": "activity_refused_old"
                default: "activity_refused_wrong"
                }
            let count = row["count"] == "1" ? "" : " ×\(row["count"] ?? "")"
            return Entry(
                time: row["last"] ?? "", what: language[key] + count, place: place(row), who: "", isRefused: true,
                credential: nil)
        }
        let changes = answer.rows("change").map { row in
            let action = row["action"] ?? ""
            let key = "change_" + action.replacing(" ", with: "_").replacing("-", with: "_")
            let what = language.messages[key] ?? language.text("change_other", ["action": action])
            let actor = row["actor"] ?? ""
            return Entry(
                time: row["at"] ?? "", what: what, place: "",
                who: actor == "owner" ? language["by_you"] : language.text("by_operator", ["actor": actor]),
                isRefused: false, credential: nil)
        }
        return (signIns + refused + changes).sorted { $0.time > $1.time }
    }

    private func csv(_ entries: [Entry]) -> Response {
        var text = "time,what,where,who,refused\r\n"
        for entry in entries {
            text += CSV.line([entry.time, entry.what, entry.place, entry.who, entry.isRefused ? "yes" : "no"]) + "\r\n"
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .contentDisposition: #"attachment; filename="activity.csv""#,
            ], body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
