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
    ///
    /// - Parameter prefix: `userdb_` where they come with a sign-in.
    package func fields(of account: AccountState, prefix: String = "") -> [(key: String, value: String)] {
        let own = account.mailbox
        return [
            (prefix + "uid", own.uid ?? uid), (prefix + "gid", own.gid ?? gid),
            (prefix + "home", own.home ?? home?.expand(account.name) ?? "/nonexistent"),
        ]
    }
}
