import Administration
import Bytes
import Credentials
import TestSupport
import Testing

/// An action on an account that can always be carried out, and the entry that it leaves in the change record.
struct AccountAction: Sendable, CustomTestStringConvertible {
    let action: String
    let detail: String
    let perform: @Sendable (Administrator, AccountName) throws -> Void

    var testDescription: String { "\(action) \(detail)" }

    private init(
        _ action: String, _ detail: String = "",
        _ perform: @escaping @Sendable (Administrator, AccountName) throws -> Void
    ) {
        self.action = action
        self.detail = detail
        self.perform = perform
    }

    static let all: [AccountAction] = [
        AccountAction("account remove") { try $0.remove($1) },
        AccountAction("account disable") { try $0.disable($1, until: nil) },
        AccountAction("account disable", "until 2030-01-01T00:00:00Z") { admin, account in
            try admin.disable(account, until: Timestamp(iso8601: "2030-01-01"))
        },
        AccountAction("account enable") { try $0.enable($1) },
        AccountAction("account must-change", "on") { try $0.setMustChange(true, $1) },
        AccountAction("account must-change", "off") { try $0.setMustChange(false, $1) },
        AccountAction("account send-as", "any") { try $0.setSendsAsAny(true, $1) },
        AccountAction("account send-as", "own") { try $0.setSendsAsAny(false, $1) },
        AccountAction("account mailbox") { try $0.setMailbox(MailboxOverrides(), $1) },
        AccountAction("account mailbox", "uid=5001 gid=vmail home=/srv/a quota_rule=*:storage=1G") { admin, account in
            let fields = [MailField("quota_rule=*:storage=1G")].compactMap { $0 }
            let mailbox = MailboxOverrides(uid: "5001", gid: "vmail", home: "/srv/a", fields: fields)
            try admin.setMailbox(mailbox, account)
        },
        AccountAction("account password") { admin, account in
            let new = try admin.mainPassword(secret("another fine password"), account, present: nil)
            try admin.setMainPassword(new, account)
        },
        AccountAction("account password", "previous one forgotten") { try $0.forgetFormerMainPassword($1) },
        AccountAction("account policy", "max-age 30d") { admin, account in
            try admin.setPolicy(PolicyChange(Policy(maxAge: 30 * AdminWorld.day)), "max-age 30d", account)
        },
    ]
}
