import Authentication
import Credentials

/// The `userdb_*` fields of an account: its own where it has them, else as configured.
enum MailboxFields {
    static func fields(of account: AccountState, _ configuration: Configuration) -> [(key: String, value: String)] {
        let mailbox = account.mailbox
        return [
            ("userdb_uid", mailbox.uid ?? configuration.mailUID),
            ("userdb_gid", mailbox.gid ?? configuration.mailGID),
            ("userdb_home", mailbox.home ?? MailHome(configuration.mailHome)?.expand(account.name) ?? "/nonexistent"),
        ]
    }
}
