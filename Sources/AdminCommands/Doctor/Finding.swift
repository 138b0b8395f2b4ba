/// The result of one check of `doctor`.
struct Finding: ListEntry {
    static let headings = ["LEVEL", "SUBJECT", "TEXT"]

    enum Level: String, Encodable {
        case good
        /// Sign-ins work, but something will not behave as expected.
        case warning
        /// Sign-ins fail, or secrets or the two-factor rule are at risk.
        case bad
    }

    let level: Level
    let subject: String
    let text: String
    var cells: [String] { [level.rawValue, subject, text] }
}
