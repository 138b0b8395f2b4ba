import ArgumentParser
import Credentials

/// What a policy can say, for a domain or for one account.
struct PolicyOptions: ParsableArguments {
    @Option(help: "Whether mail programs must use app passwords: required or optional.")
    var appPasswords: Requirement?
    @Option(help: "Whether there must be a second factor: required or optional.")
    var secondFactor: Requirement?

    func validate() throws {
        if appPasswords == nil && secondFactor == nil {
            throw ValidationError("Say --app-passwords or --second-factor, required or optional.")
        }
    }

    var policy: Policy {
        Policy(appPasswordsRequired: appPasswords?.isRequired, secondFactorRequired: secondFactor?.isRequired)
    }

    /// For the change record.
    var detail: String {
        [("app-passwords", appPasswords), ("second-factor", secondFactor)]
            .compactMap { name, value in value.map { "\(name) \($0.rawValue)" } }.joined(separator: ", ")
    }
}

struct AccountPolicy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Set what is required of one account, whatever its domain says.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @OptionGroup var options: PolicyOptions

    func run() throws {
        let session = try Session(global)
        let name = try session.account(address).name
        try session.change(name, "account policy", options.detail) { (store, change) throws(StoreError) in
            try store.setPolicy(options.policy, account: name, change: change)
        }
    }
}

struct DomainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain", abstract: "What is required of all accounts of a domain.",
        subcommands: [Show.self, SetPolicy.self])
    @OptionGroup var global: GlobalOptions

    struct Show: ParsableCommand {
        private struct View: Encodable {
            let domain: String
            let appPasswords: String
            let secondFactor: String
            let accounts: Int
        }

        @OptionGroup var global: GlobalOptions
        @Argument(help: "The domain.") var domain: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let session = try Session(global)
            let name = try DomainCommand.name(domain)
            let (policy, accounts) = try session.storing { (store) throws(StoreError) in
                (try store.policy(domain: name) ?? Policy(), try store.countAccounts(domain: name))
            }
            func word(_ required: Bool?) -> String {
                (required == true ? Requirement.required : Requirement.optional).rawValue
            }
            let view = View(
                domain: name, appPasswords: word(policy.appPasswordsRequired),
                secondFactor: word(policy.secondFactorRequired), accounts: accounts)
            if json { return try Output.json(view) }
            Output.line("domain: \(name)")
            Output.line("app passwords: \(view.appPasswords)")
            Output.line("second factor: \(view.secondFactor)")
            Output.line("accounts: \(view.accounts)")
        }
    }

    struct SetPolicy: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "policy", abstract: "Set what is required of all accounts of a domain.")

        @OptionGroup var global: GlobalOptions
        @Argument(help: "The domain.") var domain: String
        @OptionGroup var options: PolicyOptions

        func run() throws {
            let session = try Session(global)
            let name = try DomainCommand.name(domain)
            try session.storing { (store) throws(StoreError) in
                try store.setPolicy(
                    options.policy, domain: name, change: session.change(subject: name, "domain policy", options.detail)
                )
            }
        }
    }

    /// A domain is valid if an account of it would be.
    private static func name(_ text: String) throws(CommandFailure) -> String {
        guard !text.contains("@"), let probe = AccountName("x@" + text), probe.canBeAccount else {
            throw CommandFailure(.badInput, "\(Printable.text(text)) is not a domain")
        }
        return probe.domain
    }
}
