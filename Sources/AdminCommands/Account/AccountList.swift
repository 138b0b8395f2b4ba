import ArgumentParser
import Authentication
import Credentials

/// An account as `list` and `show` print it.
struct AccountView: Encodable {
    let address: String
    let state: String
    @OrNull var disabledUntil: String?
    let mustChange: Bool
    let hasMainPassword: Bool
    let secondFactor: String
    @OrNull var secondFactorSince: String?
    let appPasswordsRequired: Bool
    let secondFactorRequired: Bool
    let services: [String]
    let created: String

    /// Whether the main password opens no mail service.
    var needsAppPassword: Bool { secondFactor != "off" || appPasswordsRequired || secondFactorRequired }

    init(_ account: AccountState, now: Timestamp) {
        address = account.name.text
        state = account.isDisabled(at: now) ? "disabled" : "active"
        disabledUntil = account.isDisabled(at: now) ? account.disabledUntil?.iso8601 : nil
        mustChange = account.mustChange
        hasMainPassword = account.mainHash != nil
        secondFactor = account.secondFactor.rawValue
        secondFactorSince = account.secondFactorSince?.iso8601
        appPasswordsRequired = account.appPasswordsRequired
        secondFactorRequired = account.secondFactorRequired
        services = account.services.services.map(\.rawValue)
        created = account.created.iso8601
    }
}

struct AccountList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List accounts.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only this domain.") var domain: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let session = try Session(global)
        let found = try session.storing { (store) throws(StoreError) in
            try store.accounts(domain: domain.map { AccountName("x@" + $0)?.domain ?? $0 })
        }
        let accounts = found.map { AccountView($0, now: .now()) }
        if json { return try Output.json(accounts) }
        Output.table(
            ["ADDRESS", "STATE", "SECOND FACTOR", "MAIL PROGRAMS NEED", "MADE"],
            accounts.map {
                return [
                    $0.address, $0.state + ($0.mustChange ? ", must change" : ""), $0.secondFactor,
                    $0.needsAppPassword ? "app password" : "any password", $0.created,
                ]
            })
    }
}

struct AccountShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one account with its app passwords and last sign-ins.")

    private struct Detail: Encodable {
        let account: AccountView
        let aliases: [String]
        let appPasswords: [AppPasswordView]
        /// What it says itself, its domain's left aside.
        let ownPolicy: PolicyView
        let policyInForce: PolicyView
        let sendsAs: String
        @OrNull var mainPasswordLastUsed: String?
        let oldMainPasswords: [OldMainPasswordView]
        @OrNull var uid: String?
        @OrNull var gid: String?
        @OrNull var home: String?
        let mailFields: [String]
    }

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        let detail = try session.storing { (store) throws(StoreError) in
            let uses = try store.lastUses(account: account.name)
            let own = try store.mailbox(account: account.name) ?? MailboxOverrides()
            let window = Throttling(session.configuration).window(at: .now())
            return Detail(
                account: AccountView(account, now: .now()), aliases: try store.aliases(account: account.name),
                appPasswords: try AppPasswordView.all(store, account, now: .now()),
                ownPolicy: PolicyView(try store.policy(account: account.name) ?? Policy()),
                policyInForce: PolicyView(try store.policyInForce(account: account.name)),
                sendsAs: (account.sendsAsAny ? AccountSendAs.Senders.any : .own).rawValue,
                mainPasswordLastUsed: uses[Store.mainCredential]?.at.iso8601,
                oldMainPasswords: try store.formerUses(account: account.name.text, window).map(
                    OldMainPasswordView.init),
                uid: own.uid, gid: own.gid, home: own.home, mailFields: own.fields.map(\.text))
        }
        if json { return try Output.json(detail) }
        let view = detail.account
        var lines = [
            ("address", view.address), ("state", view.state), ("must change password", view.mustChange ? "yes" : "no"),
            ("second factor", view.secondFactor),
            ("mail programs need", view.needsAppPassword ? "app password" : "any password"),
            ("app passwords required", view.appPasswordsRequired ? "yes" : "no"),
            ("second factor required", view.secondFactorRequired ? "yes" : "no"),
            ("services", view.services.joined(separator: ",")),
            ("maximum age of app passwords", detail.policyInForce.maxAge ?? "none"),
            ("most app passwords", detail.policyInForce.mostAppPasswords.map { "\($0)" } ?? "none"),
            ("policy of its own", detail.ownPolicy.text),
            ("main password last used", detail.mainPasswordLastUsed ?? "never"), ("made", view.created),
        ]
        lines += detail.aliases.map { ("alias", $0) }
        lines += [("uid", detail.uid), ("gid", detail.gid), ("home", detail.home)].compactMap { name, value in
            value.map { (name, $0) }
        }
        if detail.sendsAs == AccountSendAs.Senders.any.rawValue { lines.append(("sends as", "any address")) }
        lines += detail.mailFields.map { ("mail field", $0) }
        for (name, value) in lines { Output.line("\(name): \(Printable.text(value))") }
        AppPasswordView.printTable(detail.appPasswords)
        if !detail.oldMainPasswords.isEmpty { OldMainPasswordView.printTable(detail.oldMainPasswords) }
    }
}
