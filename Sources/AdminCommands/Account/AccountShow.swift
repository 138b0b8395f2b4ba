import Administration
import ArgumentParser
import Authentication
import Credentials

struct AccountShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an account with its app passwords and last uses.")

    private struct Detail: Encodable {
        let account: AccountView
        let aliases: [String]
        let appPasswords: [AppPasswordView]
        /// The account's own policy, without that of its domain.
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
        let account = try session.admin.account(address)
        let detail = try session.admin.storing { (store) throws(StoreError) in
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
            ("max app passwords", detail.policyInForce.maxAppPasswords.map { "\($0)" } ?? "none"),
            ("own policy", detail.ownPolicy.text),
            ("main password last used", detail.mainPasswordLastUsed ?? "never"), ("created", view.created),
        ]
        lines += detail.aliases.map { ("alias", $0) }
        lines += [("uid", detail.uid), ("gid", detail.gid), ("home", detail.home)].compactMap { name, value in
            value.map { (name, $0) }
        }
        if detail.sendsAs == AccountSendAs.Senders.any.rawValue { lines.append(("sends as", "any address")) }
        lines += detail.mailFields.map { ("mail field", $0) }
        for (name, value) in lines { Output.line("\(name): \(Printable.text(value))") }
        Output.table(detail.appPasswords)
        if !detail.oldMainPasswords.isEmpty { Output.table(detail.oldMainPasswords) }
    }
}
