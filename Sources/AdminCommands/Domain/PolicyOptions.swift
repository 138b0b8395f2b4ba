import ArgumentParser
import Authentication
import Credentials

/// What a policy can say, for a domain or for one account.
struct PolicyOptions: ParsableArguments {
    @Option(help: "Whether mail programs must use app passwords: required, optional, or domain (as the domain).")
    var appPasswords: Requirement?
    @Option(help: "Whether there must be a second factor: required, optional, or domain.")
    var secondFactor: Requirement?
    @Option(
        help:
            "How long an app password lives at most, such as 180d; none, or domain. Counts from today for those there are."
    )
    var maxAge: Limit<Age>?
    @Option(help: "Mail services that may be used: imap, pop3, smtp, sieve with commas between; all, or domain.")
    var services: Services?
    @Option(help: "How many app passwords an account may have: a number, none, or domain.")
    var mostAppPasswords: Limit<Count>?
    @Flag(help: "Change nothing; say what would change for which accounts.") var dryRun = false
    @Flag(help: "Print JSON, with --dry-run.") var json = false

    func validate() throws {
        if change.said == Policy() && change.unsaid.isEmpty {
            throw ValidationError(
                "Say --app-passwords, --second-factor, --max-age, --services or --most-app-passwords.")
        }
        if json && !dryRun { throw ValidationError("--json goes with --dry-run.") }
    }

    var change: PolicyChange {
        var unsaid: PolicyChange.Parts = []
        if appPasswords == .domain { unsaid.insert(.appPasswords) }
        if secondFactor == .domain { unsaid.insert(.secondFactor) }
        if maxAge == .domain { unsaid.insert(.maxAge) }
        if services == .domain { unsaid.insert(.services) }
        if mostAppPasswords == .domain { unsaid.insert(.mostAppPasswords) }
        let said = Policy(
            appPasswordsRequired: appPasswords?.isRequired, secondFactorRequired: secondFactor?.isRequired,
            maxAge: maxAge?.number, services: services?.scope, mostAppPasswords: mostAppPasswords?.number)
        return PolicyChange(said, unsaid: unsaid)
    }

    /// For the change record.
    var detail: String {
        [
            ("app-passwords", appPasswords?.rawValue), ("second-factor", secondFactor?.rawValue),
            ("max-age", maxAge?.text), ("services", services?.text), ("most-app-passwords", mostAppPasswords?.text),
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
                // The web is where a password is changed: no policy closes it.
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

    /// A number of something, none, or as the domain has it.
    enum Limit<Unit: LimitUnit>: Equatable, ExpressibleByArgument {
        case most(Int64)
        case none
        case domain

        init?(argument: String) {
            switch argument {
            case "none": self = .none
            case "domain": self = .domain
            case let text:
                guard let number = Unit.read(text) else { return nil }
                self = .most(number)
            }
        }

        /// 0: no limit.
        var number: Int64? {
            switch self {
            case .most(let number): number
            case .none: 0
            case .domain: nil
            }
        }

        var text: String {
            switch self {
            case .most(let number): Unit.text(number)
            case .none: "none"
            case .domain: "domain"
            }
        }
    }

    enum Age: LimitUnit {
        /// Sessions of a webmail live for half of that.
        private static let shortest = 86_400

        static func read(_ text: String) -> Int64? {
            Setting.seconds(text).flatMap { $0 >= shortest ? Int64($0) : nil }
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

/// What a limit of a policy is a number of.
protocol LimitUnit {
    /// Nil for what is no such number.
    static func read(_ text: String) -> Int64?
    static func text(_ number: Int64) -> String
}
