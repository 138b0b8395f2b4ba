import ArgumentParser
import Authentication
import Credentials

/// The requirements of a policy, for a domain or for one account.
struct PolicyOptions: ParsableArguments {
    @Option(help: "Whether mail programs must use app passwords: required, optional, or domain (as its domain).")
    var appPasswords: Requirement?
    @Option(help: "Whether a second factor must be enrolled: required, optional, or domain.")
    var secondFactor: Requirement?
    @Option(
        help: """
            The maximum age of app passwords, such as 180d; none, or domain. For existing app passwords it counts from
            today.
            """)
    var maxAge: Limit<Age>?
    @Option(help: "The mail services that may be used: imap, pop3, smtp, sieve, separated by commas; all, or domain.")
    var services: Services?
    @Option(help: "The maximum number of app passwords of an account: a number, none (no limit), or domain.")
    var maxAppPasswords: Limit<Count>?
    @Flag(help: "Change nothing; show what would change for which accounts.") var dryRun = false
    @Flag(help: "Print JSON, with --dry-run.") var json = false

    func validate() throws {
        if change.values == Policy() && change.cleared.isEmpty {
            throw ValidationError(
                "Give --app-passwords, --second-factor, --max-age, --services or --max-app-passwords.")
        }
        if json && !dryRun { throw ValidationError("--json needs --dry-run.") }
    }

    var change: PolicyChange {
        var cleared: PolicyChange.Parts = []
        if appPasswords == .domain { cleared.insert(.appPasswords) }
        if secondFactor == .domain { cleared.insert(.secondFactor) }
        if maxAge == .domain { cleared.insert(.maxAge) }
        if services == .domain { cleared.insert(.services) }
        if maxAppPasswords == .domain { cleared.insert(.maxAppPasswords) }
        let said = Policy(
            appPasswordsRequired: appPasswords?.isRequired, secondFactorRequired: secondFactor?.isRequired,
            maxAge: maxAge?.number, services: services?.scope, maxAppPasswords: maxAppPasswords?.number)
        return PolicyChange(said, cleared: cleared)
    }

    /// The options that are given, for the change record.
    var words: String {
        [
            ("app-passwords", appPasswords?.rawValue), ("second-factor", secondFactor?.rawValue),
            ("max-age", maxAge?.text), ("services", services?.text), ("max-app-passwords", maxAppPasswords?.text),
        ]
        .compactMap { name, value in value.map { "\(name) \($0)" } }.joined(separator: ", ")
    }

    enum Requirement: String, ExpressibleByArgument, CaseIterable {
        case required, optional, domain

        var isRequired: Bool? { self == .domain ? nil : self == .required }
    }

    enum Services: Equatable, ExpressibleByArgument {
        case only(Scope)
        case all
        case domain

        init?(argument: String) {
            switch argument {
            case "all": self = .all
            case "domain": self = .domain
            case let text:
                let services = text.split(separator: ",", omittingEmptySubsequences: false).map {
                    Service(rawValue: String($0))
                }
                // No policy disables the web: main passwords are changed there.
                guard services.allSatisfy({ $0?.isMail == true }) else { return nil }
                self = .only(Scope(services.compactMap { $0 }))
            }
        }

        var scope: Scope? {
            switch self {
            case .only(let scope): scope
            case .all: .mail
            case .domain: nil
            }
        }

        var text: String {
            switch self {
            case .only(let scope): scope.services.map(\.rawValue).joined(separator: ",")
            case .all: "all"
            case .domain: "domain"
            }
        }
    }

    /// A maximum, none, or that of the domain.
    enum Limit<Unit: LimitUnit>: Equatable, ExpressibleByArgument {
        case max(Int64)
        case none
        case domain

        init?(argument: String) {
            switch argument {
            case "none": self = .none
            case "domain": self = .domain
            case let text:
                guard let number = Unit.read(text) else { return nil }
                self = .max(number)
            }
        }

        /// The maximum, 0 for none, nil for that of the domain.
        var number: Int64? {
            switch self {
            case .max(let number): number
            case .none: 0
            case .domain: nil
            }
        }

        var text: String {
            switch self {
            case .max(let number): Unit.text(number)
            case .none: "none"
            case .domain: "domain"
            }
        }
    }

    enum Age: LimitUnit {
        /// Seconds. Sessions of a webmail live for half of this time.
        private static let minAge = 86_400

        static func read(_ text: String) -> Int64? {
            Setting.seconds(text).flatMap { $0 >= minAge ? Int64($0) : nil }
        }

        static func text(_ seconds: Int64) -> String { Setting.text(ofSeconds: Int(seconds)) }
    }

    enum Count: LimitUnit {
        static func read(_ text: String) -> Int64? {
            Int64(text).flatMap { (1...1_000_000).contains($0) ? $0 : nil }
        }

        static func text(_ number: Int64) -> String { "\(number)" }
    }
}

/// The unit of a limit in a policy.
protocol LimitUnit {
    /// Returns nil if the text is not a valid number of this unit.
    static func read(_ text: String) -> Int64?
    static func text(_ number: Int64) -> String
}
