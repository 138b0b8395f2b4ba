package import Credentials

/// Where the mail of an account is: by its own settings, else by its domain's, else by the configuration.
package struct Mailbox: Sendable {
    private let uid: String
    private let gid: String
    private let template: String
    private let home: NameTemplate?

    /// Takes the defaults from the configuration.
    package init(_ configuration: Configuration) {
        uid = configuration.mailUID
        gid = configuration.mailGID
        template = configuration.mailHome
        home = NameTemplate(template)
    }

    /// The fields of Dovecot's userdb for an account.
    package func fields(of account: AccountState) -> [(key: String, value: String)] {
        let own = account.mailbox
        let template = own.homeTemplate.flatMap { NameTemplate($0) } ?? home
        return [
            ("uid", own.uid ?? uid), ("gid", own.gid ?? gid),
            ("home", own.home ?? template?.expand(account.name) ?? "/nonexistent"),
        ] + own.fields.map { ($0.name, $0.value) }
    }

    /// The fields for all accounts without settings of their own, as templates. Neither user nor group contains a `%`.
    package var templates: [(key: String, value: String)] {
        [("uid", uid), ("gid", gid), ("home", home == nil ? "/nonexistent" : template)]
    }
}
