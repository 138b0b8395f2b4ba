import ArgumentParser
import Authentication
import Credentials

struct AccountPolicy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Set what is required of one account, whatever its domain says.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @OptionGroup var options: PolicyOptions

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        let domain = try session.storing { (store) throws(StoreError) in
            try store.policy(domain: account.name.domain) ?? Policy()
        }
        let effects = try PolicyEffect.of([account], session, options.change) { own in
            options.change.applied(to: own).or(domain)
        }
        if options.dryRun { return try PolicyEffect.show(effects, of: 1, json: options.json) }
        try session.change(account.name, "account policy", options.detail) { (store, change) throws(StoreError) in
            try store.setPolicy(options.change, account: account.name, change: change)
        }
        for line in effects.flatMap(\.lines) { Output.error("From now on: " + Printable.text(line)) }
    }
}

struct DomainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain", abstract: "What is required of all accounts of a domain.",
        subcommands: [Show.self, SetPolicy.self, DomainMailbox.self])
    @OptionGroup var global: GlobalOptions

    struct Show: ParsableCommand {
        private struct View: Encodable {
            let domain: String
            let appPasswords: String
            let secondFactor: String
            @OrNull var maxAge: String?
            let services: [String]
            @OrNull var mostAppPasswords: Int64?
            let accounts: Int
            @OrNull var uid: String?
            @OrNull var gid: String?
            @OrNull var home: String?
            let mailFields: [String]
        }

        @OptionGroup var global: GlobalOptions
        @Argument(help: "The domain.") var domain: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let session = try Session(global)
            let name = try DomainCommand.name(domain)
            let (policy, accounts, mailbox) = try session.storing { (store) throws(StoreError) in
                (
                    try store.policy(domain: name) ?? Policy(), try store.countAccounts(domain: name),
                    try store.mailbox(domain: name)
                )
            }
            func word(_ required: Bool?) -> String {
                (required == true ? PolicyOptions.Requirement.required : .optional).rawValue
            }
            let age = policy.maxAge ?? 0
            let most = policy.mostAppPasswords ?? 0
            let view = View(
                domain: name, appPasswords: word(policy.appPasswordsRequired),
                secondFactor: word(policy.secondFactorRequired),
                maxAge: age > 0 ? Setting.text(ofSeconds: Int(age)) : nil,
                services: (policy.services ?? .mail).services.map(\.rawValue),
                mostAppPasswords: most > 0 ? most : nil, accounts: accounts,
                uid: mailbox.uid, gid: mailbox.gid, home: mailbox.homeTemplate, mailFields: mailbox.fields.map(\.text))
            if json { return try Output.json(view) }
            Output.line("domain: \(name)")
            Output.line("app passwords: \(view.appPasswords)")
            Output.line("second factor: \(view.secondFactor)")
            Output.line("maximum age of app passwords: \(view.maxAge ?? "none")")
            Output.line("services: \(view.services.joined(separator: ","))")
            Output.line("most app passwords: \(view.mostAppPasswords.map { "\($0)" } ?? "none")")
            Output.line("accounts: \(view.accounts)")
            for (name, value) in [("uid", view.uid), ("gid", view.gid), ("home", view.home)] {
                if let value { Output.line("\(name): \(Printable.text(value))") }
            }
            for field in view.mailFields { Output.line("mail field: \(Printable.text(field))") }
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
            guard options.change.unsaid.isEmpty else {
                throw CommandFailure(.usage, "'domain' is for 'account policy'; here say optional, none or all")
            }
            if options.dryRun { return try showEffects(session, name) }
            try session.storing { (store) throws(StoreError) in
                try store.setPolicy(
                    options.change, domain: name, change: session.change(subject: name, "domain policy", options.detail)
                )
            }
        }

        private func showEffects(_ session: Session, _ name: String) throws {
            let (accounts, old) = try session.storing { (store) throws(StoreError) in
                (try store.accounts(domain: name), try store.policy(domain: name) ?? Policy())
            }
            let new = options.change.applied(to: old)
            let effects = try PolicyEffect.of(accounts, session, options.change) { own in own.or(new) }
            try PolicyEffect.show(effects, of: accounts.count, json: options.json)
        }
    }

    /// A domain is valid if an account of it would be.
    static func name(_ text: String) throws(CommandFailure) -> String {
        guard !text.contains("@"), let probe = AccountName("x@" + text), probe.canBeAccount else {
            throw CommandFailure(.badInput, "\(Printable.text(text)) is not a domain")
        }
        return probe.domain
    }
}
