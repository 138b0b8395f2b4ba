import Authentication
import Credentials

/// A policy as commands print it.
struct PolicyView: Encodable {
    @OrNull var appPasswords: String?
    @OrNull var secondFactor: String?
    @OrNull var maxAge: String?
    @OrNull var services: [String]?
    @OrNull var mostAppPasswords: Int64?

    init(_ policy: Policy) {
        func word(_ isRequired: Bool) -> String {
            (isRequired ? PolicyOptions.Requirement.required : .optional).rawValue
        }
        appPasswords = policy.appPasswordsRequired.map(word)
        secondFactor = policy.secondFactorRequired.map(word)
        maxAge = policy.maxAge.map { $0 > 0 ? Setting.text(ofSeconds: Int($0)) : "none" }
        services = policy.services?.services.map(\.rawValue)
        mostAppPasswords = policy.mostAppPasswords
    }

    /// What it says, in the words of the command.
    var text: String {
        let parts = [
            ("app-passwords", appPasswords), ("second-factor", secondFactor), ("max-age", maxAge),
            ("services", services?.joined(separator: ",")),
            ("most-app-passwords", mostAppPasswords.map { $0 > 0 ? "\($0)" : "none" }),
        ].compactMap { name, value in value.map { "\(name) \($0)" } }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
