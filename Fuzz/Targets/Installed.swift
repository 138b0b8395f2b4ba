import Authentication
import Bytes
import Credentials
import Glibc

/// An account and an app password from a store, for use in outcomes.
struct Installed: Sendable {
    let account: AccountState
    let appPassword: AppPassword

    static let here = make()

    private static func make() -> Installed {
        var template = Array("/tmp/postern-fuzz.XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { fatalError("no directory") }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let keys = Keys(material: Secret([UInt8](repeating: 7, count: 32)))
        let path = directory + "/db"
        guard let name = AccountName("alice@example.org") else { fatalError("no name") }
        let change = Change(at: Timestamp(0), actor: "fuzz", subject: name.text, action: "fuzz")
        do {
            try Store.create(.file(path: path), keys: keys)
            let store = try Store(.file(path: path), keys: keys)
            _ = try store.addAccount(name, mainPassword: nil, mailbox: MailboxOverrides(), change: change)
            let id = try store.addAppPassword(
                NewAppPassword(name: "Ph\u{f6}ne (1)\t\n"), verifier: .mac([1]), account: name, change: { _ in change })
            guard let account = try store.account(name), let id,
                let appPassword = try store.appPassword(id: id, account: name)
            else { fatalError("no account") }
            for file in ["", "-wal", "-shm"] { unsafe unlink(path + file) }
            unsafe rmdir(directory)
            return Installed(account: account, appPassword: appPassword)
        } catch {
            fatalError("no store: \(error)")
        }
    }
}
