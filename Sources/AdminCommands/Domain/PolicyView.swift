import Authentication
import Credentials

/// A policy as commands print it.
struct PolicyView: Encodable {
    @OrNull var appPasswords: String?
    @OrNull var secondFactor: String?
    @OrNull var maxAge: String?
    @OrNull var services: [String]?
    @OrNull var maxAppPasswords: Int64?

    init(_ policy: Policy) {
        func word(_ isRequired: Bool) -> String {
            (isRequired ? PolicyOptions.Requirement.required : .optional).rawValue
        }
        appPasswords = policy.appPasswordsRequired.map(word)
        secondFactor = policy.secondFactorRequired.map(word)
        maxAge = policy.maxAge.map { $0 > 0 ? Setting.text(ofSeconds: Int($0)) : "none" }
        services = policy.services?.services.map(\.rawValue)
        maxAppPasswords = policy.maxAppPasswords
    }

    /// The policy in the words of the command's options.
    var text: String {
        let parts = [
            ("app-passwords", appPasswords), ("second-factor", secondFactor), ("max-age", maxAge),
            ("services", services?.joined(separator: ",")),
            ("max-app-passwords", maxAppPasswords.map { $0 > 0 ? "\($0)" : "none" }),
        ].compactMap { name, value in value.map { "\(name) \($0)" } }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
