import Administration
import ArgumentParser
import Authentication
import Credentials

struct DomainShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show what a domain requires.")

    private struct View: Encodable {
        let domain: String
        let appPasswords: String
        let secondFactor: String
        @OrNull var maxAge: String?
        let services: [String]
        @OrNull var maxAppPasswords: Int64?
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
        let name = try Administrator.domain(domain)
        let (policy, accounts, mailbox) = try Session(global).admin.storing { store throws(StoreError) in
            (
                try store.policy(domain: name) ?? Policy(), try store.countAccounts(domain: name),
                try store.mailbox(domain: name)
            )
        }
        func word(_ required: Bool?) -> String {
            (required == true ? PolicyOptions.Requirement.required : .optional).rawValue
        }
        let view = View(
            domain: name, appPasswords: word(policy.appPasswordsRequired),
            secondFactor: word(policy.secondFactorRequired),
            maxAge: policy.maxAge.flatMap { $0 > 0 ? Setting.text(ofSeconds: Int($0)) : nil },
            services: (policy.services ?? .mail).services.map(\.rawValue),
            maxAppPasswords: policy.liveLimit, accounts: accounts,
            uid: mailbox.uid, gid: mailbox.gid, home: mailbox.homeTemplate, mailFields: mailbox.fields.map(\.text))
        if json { return try Output.json(view) }
        Output.line("domain: \(name)")
        Output.line("app passwords: \(view.appPasswords)")
        Output.line("second factor: \(view.secondFactor)")
        Output.line("maximum age of app passwords: \(view.maxAge ?? "none")")
        Output.line("services: \(view.services.joined(separator: ","))")
        Output.line("max app passwords: \(view.maxAppPasswords.map { "\($0)" } ?? "none")")
        Output.line("accounts: \(view.accounts)")
        for (name, value) in [("uid", view.uid), ("gid", view.gid), ("home", view.home)] {
            if let value { Output.line("\(name): \(Printable.text(value))") }
        }
        for field in view.mailFields { Output.line("mail field: \(Printable.text(field))") }
    }
}
