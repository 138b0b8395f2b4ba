package import Credentials

/// Where the mail of an account lies: its own settings where it has them, else the configuration's.
package struct Mailbox: Sendable {
    private let uid: String
    private let gid: String
    private let home: MailHome?

    package init(_ configuration: Configuration) {
        uid = configuration.mailUID
        gid = configuration.mailGID
        home = MailHome(configuration.mailHome)
    }

    /// The fields of Dovecot's userdb.
    package func fields(of account: AccountState) -> [(key: String, value: String)] {
        let own = account.mailbox
        return [
            ("uid", own.uid ?? uid), ("gid", own.gid ?? gid),
            ("home", own.home ?? home?.expand(account.name) ?? "/nonexistent"),
        ]
    }
}
